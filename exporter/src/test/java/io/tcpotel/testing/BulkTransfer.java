// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Gigabytes from one socket to the other without copying one: the sender lends the pages of a file,
 * the receiver throws away what comes.
 */
public final class BulkTransfer {
  private static final int MSG_TRUNC = 0x20; // for TCP: count it and copy nothing
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int PIECE_BYTES = 1 << 26;

  private BulkTransfer() {}

  /** Returns how many bytes were received, which is all of them if nothing failed. */
  public static long run(TestSocket from, TestSocket to, long bytes) {
    CompletableFuture<Long> received = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("bulk-receiver")
        .daemon()
        .start(
            () -> {
              try {
                received.complete(discard(to, bytes));
              } catch (RuntimeException e) {
                received.completeExceptionally(e);
              }
            });
    send(from, bytes);
    return received.join();
  }

  private static void send(TestSocket socket, long bytes) {
    try {
      Path file = Files.createTempFile("tcpotel-bulk", ".bin");
      try {
        Files.write(file, new byte[PIECE_BYTES]);
        sendAgainAndAgain(socket, file, bytes);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sendAgainAndAgain(TestSocket socket, Path path, long bytes) {
    int file = Posix.check("open", Posix.open(path.toString(), O_RDONLY_CLOEXEC));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment offset = arena.allocate(JAVA_LONG);
      long left = bytes;
      while (left > 0) {
        offset.set(JAVA_LONG, 0, 0L);
        int piece = (int) Math.min(left, PIECE_BYTES);
        left -= Posix.check("sendfile", Posix.sendfile(socket.fd(), file, offset, piece));
      }
    } finally {
      Posix.close(file);
    }
  }

  private static long discard(TestSocket socket, long bytes) {
    long received = 0;
    while (received < bytes) {
      int piece = (int) Math.min(bytes - received, 1 << 30);
      int result = Posix.recv(socket.fd(), MemorySegment.NULL, piece, MSG_TRUNC);
      if (result == 0) {
        throw new IllegalStateException("the peer ended after " + received + " of " + bytes);
      }
      received += result == -Errno.EINTR ? 0 : Posix.check("recv", result);
    }
    return received;
  }
}
