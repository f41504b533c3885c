// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP socket without a runtime in between: each method is one system call, so that a test knows
 * what the kernel saw. Blocking calls end after {@link #DEFAULT_LIMIT} with EAGAIN (a connect with
 * EINPROGRESS), in accepted sockets too. The socket lives in the network namespace and in the
 * cgroup of the thread that creates it (an accepted one in its listener's) and stays there wherever
 * the thread goes later.
 */
public final class TestSocket implements AutoCloseable {
  public static final Duration DEFAULT_LIMIT = Await.LIMIT;

  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000; // no child process keeps a connection open
  private static final int AF_UNSPEC = 0;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_EOR = 0x80;
  private static final int SHUT_WR = 1;
  private static final int SHUT_RDWR = 2;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private static final short POLLOUT = 4;

  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ERROR = 4;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_LINGER = 13;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_COOKIE = 57;
  private static final int SO_NETNS_COOKIE = 71;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_MPTCP = 262;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_SYNCNT = 7;
  private static final int TCP_INFO = 11;
  private static final int TCP_USER_TIMEOUT = 18;

  private static final int CLOSED = -1;

  private final AtomicInteger descriptor;

  private TestSocket(int fd) {
    descriptor = new AtomicInteger(fd);
  }

  /** A socket of AF_INET. */
  public static TestSocket v4() {
    return create(Endpoint.AF_INET);
  }

  /** A socket of AF_INET6, which reaches IPv4 through ::ffff:a.b.c.d. */
  public static TestSocket v6() {
    return create(Endpoint.AF_INET6);
  }

  /** A socket of the family of {@code endpoint}. */
  public static TestSocket like(Endpoint endpoint) {
    return create(endpoint.family());
  }

  /**
   * A listener at {@code endpoint}, whose port may be 0, with the longest backlog the namespace
   * allows.
   */
  public static TestSocket listening(Endpoint endpoint) {
    TestSocket socket = like(endpoint);
    try {
      return socket.reuseAddress(true).bind(endpoint).listen(Integer.MAX_VALUE);
    } catch (PosixException e) {
      socket.close();
      throw e;
    }
  }

  /** A socket of AF_INET for MPTCP; fails where the kernel has none. */
  public static TestSocket multipathV4() {
    return create(Endpoint.AF_INET, IPPROTO_MPTCP);
  }

  private static TestSocket create(int family) {
    return create(family, IPPROTO_TCP);
  }

  private static TestSocket create(int family, int protocol) {
    int fd = Posix.socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
    TestSocket socket = new TestSocket(Posix.check("socket", fd));
    return socket.receiveLimit(DEFAULT_LIMIT).sendLimit(DEFAULT_LIMIT);
  }

  public TestSocket bind(Endpoint endpoint) {
    MemorySegment address = Posix.scratch();
    Posix.check("bind", Posix.bind(fd(), address, endpoint.writeTo(address)));
    return this;
  }

  public TestSocket listen(int backlog) {
    Posix.check("listen", Posix.listen(fd(), backlog));
    return this;
  }

  public TestSocket accept() {
    int result;
    do {
      result = Posix.accept(fd(), SOCK_CLOEXEC);
    } while (result == -Errno.EINTR);
    return new TestSocket(Posix.check("accept", result));
  }

  /** Blocks until connected; a failure is a PosixException. */
  public TestSocket connect(Endpoint peer) {
    Posix.check("connect to " + peer, -tryConnect(peer));
    return this;
  }

  /** Blocks until connected or refused; returns the errno, 0 for connected. */
  public int tryConnect(Endpoint peer) {
    MemorySegment address = Posix.scratch();
    return -Posix.connect(fd(), address, peer.writeTo(address));
  }

  /**
   * Sends the SYN and returns EINPROGRESS (or an error that stands already); {@link #finishConnect}
   * ends it.
   */
  public int startConnect(Endpoint peer) {
    Posix.check("fcntl", Posix.fcntl(fd(), F_SETFL, O_NONBLOCK));
    return tryConnect(peer);
  }

  /**
   * Waits for the end of {@link #startConnect} and makes the socket block again; returns the errno.
   */
  public int finishConnect(Duration limit) {
    MemorySegment entry = Posix.scratch();
    entry.set(JAVA_INT, 0, fd());
    entry.set(JAVA_SHORT, 4, POLLOUT);
    entry.set(JAVA_SHORT, 6, (short) 0);
    int ready = Posix.check("poll", Posix.poll(entry, 1, (int) limit.toMillis()));
    if (ready == 0) {
      throw new PosixException("connect within " + limit, Errno.EAGAIN);
    }
    Posix.check("fcntl", Posix.fcntl(fd(), F_SETFL, 0));
    return takeError();
  }

  /** connect(AF_UNSPEC): ends the connection by a reset; the socket can connect again. */
  public void disconnect() {
    MemorySegment address = Posix.scratch();
    address.asSlice(0, Endpoint.SOCKET_ADDRESS_BYTES).fill((byte) AF_UNSPEC);
    Posix.check("disconnect", Posix.connect(fd(), address, Endpoint.SOCKET_ADDRESS_BYTES));
  }

  public void sendAll(byte[] payload) {
    int sent = 0;
    while (sent < payload.length) {
      int chunk = Math.min(payload.length - sent, Posix.SCRATCH_BYTES);
      MemorySegment buffer = Posix.scratch();
      MemorySegment.copy(payload, sent, buffer, JAVA_BYTE, 0, chunk);
      int result = Posix.send(fd(), buffer, chunk, MSG_NOSIGNAL);
      sent += result == -Errno.EINTR ? 0 : Posix.check("send", result);
    }
  }

  /** Sends {@code count} bytes of a fixed pattern. */
  public void sendAll(int count) {
    sendAll(pattern(count));
  }

  /** Sends {@code count} bytes that the kernel joins with none that come after. */
  public void sendMessage(int count) {
    Posix.check("send", Posix.send(fd(), Posix.scratch(), count, MSG_NOSIGNAL | MSG_EOR));
  }

  /** The bytes that {@link #sendAll(int)} sends. */
  public static byte[] pattern(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (i % 251); // prime, so that a shift by a segment or a buffer shows
    }
    return bytes;
  }

  public byte[] receiveExactly(int count) {
    byte[] payload = new byte[count];
    int received = 0;
    while (received < count) {
      int result = receive(payload, received);
      if (result == 0) {
        throw new IllegalStateException("the peer ended after " + received + " of " + count);
      }
      received += result;
    }
    return payload;
  }

  /** As many bytes, whatever they are. */
  public void receiveAndForget(long count) {
    byte[] chunk = new byte[Posix.SCRATCH_BYTES];
    long received = 0;
    while (received < count) {
      int result = receive(chunk, 0);
      if (result == 0) {
        throw new IllegalStateException("the peer ended after " + received + " of " + count);
      }
      received += result;
    }
  }

  /** Everything up to the peer's FIN. */
  public byte[] receiveToEnd() {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    byte[] chunk = new byte[Posix.SCRATCH_BYTES];
    for (int result = receive(chunk, 0); result > 0; result = receive(chunk, 0)) {
      payload.write(chunk, 0, result);
    }
    return payload.toByteArray();
  }

  private int receive(byte[] into, int from) {
    MemorySegment buffer = Posix.scratch();
    int limit = Math.min(into.length - from, Posix.SCRATCH_BYTES);
    int result;
    do {
      result = Posix.recv(fd(), buffer, limit, 0);
    } while (result == -Errno.EINTR);
    Posix.check("recv", result);
    MemorySegment.copy(buffer, JAVA_BYTE, 0, into, from, result);
    return result;
  }

  /** Sends the FIN. */
  public void shutdownWrite() {
    Posix.check("shutdown", Posix.shutdown(fd(), SHUT_WR));
  }

  /**
   * Wakes threads that wait in {@link #accept} with EINVAL, which close() does not, and resets what
   * waits there.
   */
  public void stopListening() {
    Posix.check("shutdown", Posix.shutdown(fd(), SHUT_RDWR));
  }

  @Override
  public void close() {
    int fd = descriptor.getAndSet(CLOSED);
    if (fd != CLOSED) {
      Posix.check("close", Posix.close(fd));
    }
  }

  public boolean isOpen() {
    return descriptor.get() != CLOSED;
  }

  /** Ends the connection by a RST: linger 0, then close. */
  public void reset() {
    lingerSeconds(0);
    close();
  }

  /** SO_LINGER on, with this time; 0 turns close() into a reset. */
  public TestSocket lingerSeconds(int seconds) {
    MemorySegment value = Posix.scratch();
    value.set(JAVA_INT, 0, 1);
    value.set(JAVA_INT, 4, seconds);
    return set(SOL_SOCKET, SO_LINGER, value, 8);
  }

  public TestSocket noDelay(boolean on) {
    return set(IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
  }

  /** TCP_SYNCNT: SYNs sent again before a connect ends with ETIMEDOUT. */
  public TestSocket synRetries(int count) {
    return set(IPPROTO_TCP, TCP_SYNCNT, count);
  }

  public TestSocket userTimeoutMs(int timeoutMs) {
    return set(IPPROTO_TCP, TCP_USER_TIMEOUT, timeoutMs);
  }

  /** SO_RCVTIMEO: limits accept and receive. */
  public TestSocket receiveLimit(Duration limit) {
    return set(SOL_SOCKET, SO_RCVTIMEO, writeTimeval(limit), 16);
  }

  /** SO_SNDTIMEO: limits connect and send. */
  public TestSocket sendLimit(Duration limit) {
    return set(SOL_SOCKET, SO_SNDTIMEO, writeTimeval(limit), 16);
  }

  public TestSocket reuseAddress(boolean on) {
    return set(SOL_SOCKET, SO_REUSEADDR, on ? 1 : 0);
  }

  /** The kernel reserves twice this much, for its own overhead. */
  public TestSocket sendBufferBytes(int bytes) {
    return set(SOL_SOCKET, SO_SNDBUF, bytes);
  }

  /** The kernel reserves twice this much, for its own overhead. */
  public TestSocket receiveBufferBytes(int bytes) {
    return set(SOL_SOCKET, SO_RCVBUF, bytes);
  }

  public TestSocket set(SocketOption option, int value) {
    return set(option.level(), option.number(), value);
  }

  public long cookie() {
    return get(SOL_SOCKET, SO_COOKIE, 8).get(JAVA_LONG, 0);
  }

  public long netnsCookie() {
    return get(SOL_SOCKET, SO_NETNS_COOKIE, 8).get(JAVA_LONG, 0);
  }

  /** SO_ERROR: the pending error, which reading clears. */
  public int takeError() {
    return get(SOL_SOCKET, SO_ERROR, 4).get(JAVA_INT, 0);
  }

  public TcpInfo tcpInfo() {
    return TcpInfo.readFrom(get(IPPROTO_TCP, TCP_INFO, TcpInfo.BYTES));
  }

  public Endpoint localEndpoint() {
    MemorySegment address = Posix.scratch();
    MemorySegment length = writeLength(address, Endpoint.SOCKET_ADDRESS_BYTES);
    Posix.check("getsockname", Posix.getsockname(fd(), address, length));
    return Endpoint.readFrom(address);
  }

  /** For calls that only one test makes. */
  int fd() {
    int fd = descriptor.get();
    if (fd == CLOSED) {
      throw new IllegalStateException("the socket is closed");
    }
    return fd;
  }

  private TestSocket set(int level, int option, int value) {
    MemorySegment memory = Posix.scratch();
    memory.set(JAVA_INT, 0, value);
    return set(level, option, memory, 4);
  }

  private TestSocket set(int level, int option, MemorySegment value, int valueBytes) {
    int result = Posix.setsockopt(fd(), level, option, value, valueBytes);
    Posix.check("setsockopt " + level + "/" + option, result);
    return this;
  }

  private MemorySegment get(int level, int option, int valueBytes) {
    MemorySegment value = Posix.scratch();
    MemorySegment length = writeLength(value, valueBytes);
    int result = Posix.getsockopt(fd(), level, option, value, length);
    Posix.check("getsockopt " + level + "/" + option, result);
    if (length.get(JAVA_INT, 0) != valueBytes) {
      throw new IllegalStateException("option " + option + " has another size in this kernel");
    }
    return value;
  }

  /** A socklen_t behind the longest value in the same scratch memory. */
  private static MemorySegment writeLength(MemorySegment scratch, int bytes) {
    MemorySegment length = scratch.asSlice(4096, 4);
    length.set(JAVA_INT, 0, bytes);
    return length;
  }

  private static MemorySegment writeTimeval(Duration duration) {
    MemorySegment value = Posix.scratch();
    value.set(JAVA_LONG, 0, duration.toSeconds());
    value.set(JAVA_LONG, 8, duration.toNanosPart() / 1000);
    return value;
  }

  @Override
  public String toString() {
    int fd = descriptor.get();
    return fd == CLOSED ? "TestSocket closed" : "TestSocket " + fd;
  }
}
