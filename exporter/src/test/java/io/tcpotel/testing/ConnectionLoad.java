// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Many short connections over IPv4 loopback, all of them in the namespace of the thread that calls
 * {@link #run}. Each client thread has a server thread with a listener of its own. The client
 * sends, the server answers with as many bytes, the client closes, the server reads to the end and
 * closes.
 *
 * @param connections how many, split over the client threads
 * @param bytesEachWay payload of each connection from client to server and back
 */
public record ConnectionLoad(int connections, int clientThreads, int bytesEachWay) {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Spreads what is in TIME_WAIT: each destination address has the ephemeral ports for itself. */
  private static final int DESTINATIONS = 32;

  public ConnectionLoad {
    if (connections < 1 || clientThreads < 1 || bytesEachWay < 1) {
      // Without an answer a client could be done before its connection is accepted.
      throw new IllegalArgumentException("at least one connection, thread and byte");
    }
  }

  /**
   * What the application saw.
   *
   * @param completed connections that a client finished: connected, sent and received everything,
   *     closed
   * @param failed connections that a client began and could not finish
   * @param served connections that a server accepted and read to the client's FIN
   */
  public record Outcome(
      long completed,
      long failed,
      long served,
      long clientSentBytes,
      long clientReceivedBytes,
      long serverSentBytes,
      long serverReceivedBytes) {}

  /**
   * Returns when the application has closed both ends of every connection. The kernel may still
   * exchange the last FINs for some milliseconds, with receive steering on another CPU.
   */
  public Outcome run() {
    List<Lane> lanes = IntStream.range(0, clientThreads).mapToObj(this::lane).toList();
    try {
      runAll(lanes, System.nanoTime() + LIMIT.toNanos());
      return outcome(lanes);
    } finally {
      lanes.forEach(lane -> lane.listener.close());
    }
  }

  private Lane lane(int index) {
    int share = connections / clientThreads + (index < connections % clientThreads ? 1 : 0);
    return new Lane(share, bytesEachWay);
  }

  private static void runAll(List<Lane> lanes, long deadlineNs) {
    List<Thread> servers = lanes.stream().map(lane -> start("server", lane::serve)).toList();
    List<Thread> clients = lanes.stream().map(lane -> start("client", lane::connectAll)).toList();
    clients.forEach(thread -> join(thread, deadlineNs));
    lanes.forEach(lane -> lane.listener.stopListening());
    servers.forEach(thread -> join(thread, deadlineNs));
  }

  /** A new thread is born in the network namespace of the one that starts it. */
  private static Thread start(String name, Runnable work) {
    return Thread.ofPlatform().name("load-" + name).daemon().start(work);
  }

  private static void join(Thread thread, long deadlineNs) {
    try {
      long leftNs = Math.max(1, deadlineNs - System.nanoTime());
      if (!thread.join(Duration.ofNanos(leftNs))) {
        throw new IllegalStateException("the load is not done after " + LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static Outcome outcome(List<Lane> lanes) {
    return new Outcome(
        lanes.stream().mapToLong(lane -> lane.completed).sum(),
        lanes.stream().mapToLong(lane -> lane.failed).sum(),
        lanes.stream().mapToLong(lane -> lane.served).sum(),
        lanes.stream().mapToLong(lane -> lane.clientSentBytes).sum(),
        lanes.stream().mapToLong(lane -> lane.clientReceivedBytes).sum(),
        lanes.stream().mapToLong(lane -> lane.serverSentBytes).sum(),
        lanes.stream().mapToLong(lane -> lane.serverReceivedBytes).sum());
  }

  /**
   * One client thread and its server thread; each writes its own counters, read once both have
   * ended.
   */
  private static final class Lane {
    private final int connections;
    private final byte[] payload;
    private final TestSocket listener = TestSocket.listening(Endpoint.of("0.0.0.0", 0));
    private final List<Endpoint> destinations = new ArrayList<>();
    private long completed;
    private long failed;
    private long served;
    private long clientSentBytes;
    private long clientReceivedBytes;
    private long serverSentBytes;
    private long serverReceivedBytes;

    Lane(int connections, int payloadBytes) {
      this.connections = connections;
      payload = TestSocket.pattern(payloadBytes);
      int port = listener.localEndpoint().port();
      for (int i = 1; i <= DESTINATIONS; i++) {
        destinations.add(Endpoint.of("127.0.0." + i, port));
      }
    }

    void connectAll() {
      for (int i = 0; i < connections; i++) {
        try (TestSocket socket = TestSocket.v4()) {
          socket.connect(destinations.get(i % DESTINATIONS));
          socket.sendAll(payload);
          clientSentBytes += payload.length;
          clientReceivedBytes += socket.receiveExactly(payload.length).length;
          completed++;
        } catch (PosixException | IllegalStateException e) {
          failed++;
        }
      }
    }

    void serve() {
      boolean more = true;
      while (more) {
        more = serveNext();
      }
    }

    /** A failed connection is counted by the client's thread, or missing in {@link #served}. */
    private boolean serveNext() {
      try (TestSocket socket = listener.accept()) {
        serverReceivedBytes += socket.receiveExactly(payload.length).length;
        socket.sendAll(payload);
        serverSentBytes += payload.length;
        serverReceivedBytes += socket.receiveToEnd().length;
        served++;
        return true;
      } catch (PosixException e) {
        return e.errno() != Errno.EINVAL; // stopListening()
      } catch (IllegalStateException e) {
        return listener.isOpen();
      }
    }
  }
}
