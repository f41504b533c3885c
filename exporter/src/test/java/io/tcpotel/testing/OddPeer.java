// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Listens where a collector is expected, and is none. */
public final class OddPeer implements AutoCloseable {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int CANCEL = 8;
  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;

  private final ServerSocket listener;
  private final Answer answer;
  private final Thread acceptor = Thread.ofVirtual().unstarted(this::accept);
  private final List<Socket> connections = new CopyOnWriteArrayList<>();

  /** What it writes on each connection, which is closed afterwards. */
  public interface Answer {
    void write(Socket to) throws IOException;
  }

  private OddPeer(ServerSocket listener, Answer answer) {
    this.listener = listener;
    this.answer = answer;
  }

  /** On a free port. */
  public static OddPeer start(Answer answer) {
    try {
      return start(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With a listener of the test's own, which this closes. */
  public static OddPeer start(ServerSocket listener, Answer answer) {
    OddPeer peer = new OddPeer(listener, answer);
    peer.acceptor.start();
    return peer;
  }

  public int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      answer.write(connection);
    } catch (IOException e) {
      // the client is gone
    }
  }

  /** The port is free when this returns. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      acceptor.join(); // while it accepts, the kernel's socket is open
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket connection : connections) {
      connection.close();
    }
  }

  /** These bytes, after the client's first ones. */
  public static Answer bytes(byte[] bytes) {
    return to -> {
      to.getInputStream().read();
      to.getOutputStream().write(bytes);
    };
  }

  public static Answer text(String text) {
    return bytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** An HTTP/2 response with this head and nothing else. */
  public static Answer http2(Map<String, String> head) {
    return http2((out, stream) -> frame(out, HEADERS, END_STREAM | END_HEADERS, stream, head));
  }

  /** An HTTP/2 response with these trailers after an empty gRPC message. */
  public static Answer http2(Map<String, String> head, Map<String, String> trailers) {
    return http2(
        (out, stream) -> {
          frame(out, HEADERS, END_HEADERS, stream, head);
          frame(out, DATA, 0, stream, new byte[5]);
          frame(out, HEADERS, END_STREAM | END_HEADERS, stream, trailers);
        });
  }

  /** The stream is reset in the middle of the response. */
  public static Answer http2Reset(Map<String, String> head) {
    return http2(
        (out, stream) -> {
          frame(out, HEADERS, END_HEADERS, stream, head);
          frame(out, RST_STREAM, 0, stream, new byte[] {0, 0, 0, CANCEL});
        });
  }

  private interface Response {
    void write(OutputStream out, int stream) throws IOException;
  }

  /** Answers each request with {@code response}, until the client leaves. */
  private static Answer http2(Response response) {
    return to -> {
      OutputStream out = to.getOutputStream();
      DataInputStream in = new DataInputStream(to.getInputStream());
      in.skipNBytes(PREFACE_BYTES);
      frame(out, SETTINGS, 0, 0, new byte[0]);
      while (true) {
        byte[] head = in.readNBytes(HEADER_BYTES);
        if (head.length < HEADER_BYTES) {
          throw new EOFException();
        }
        in.skipNBytes((head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff);
        if (head[3] == HEADERS) {
          response.write(out, head[7] << 8 | head[8] & 0xff);
        }
      }
    };
  }

  private static void frame(
      OutputStream out, int type, int flags, int stream, Map<String, String> head)
      throws IOException {
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    new TreeMap<>(head) // :status comes first
        .forEach(
            (name, value) -> {
              fields.write(0); // HPACK: a literal field, of which nobody keeps the name
              string(fields, name);
              string(fields, value);
            });
    frame(out, type, flags, stream, fields.toByteArray());
  }

  private static void string(ByteArrayOutputStream to, String text) {
    int rest = text.length() - 127;
    to.write(Math.min(text.length(), 127));
    for (; rest >= 128; rest >>= 7) {
      to.write(rest & 127 | 128);
    }
    if (text.length() >= 127) {
      to.write(rest);
    }
    to.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void frame(OutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(
        new byte[] {
          (byte) (payload.length >> 16),
          (byte) (payload.length >> 8),
          (byte) payload.length,
          (byte) type,
          (byte) flags,
          0,
          0,
          (byte) (stream >> 8),
          (byte) stream
        });
    frame.writeBytes(payload);
    out.write(frame.toByteArray());
    out.flush();
  }
}
