// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client and a server, each in a namespace of its own, and a router between them, where packets
 * are lost, rejected and translated. Addresses of both families; nothing else of the system is
 * touched.
 *
 * <pre>
 * client 198.18.1.2 -- veth -- 198.18.1.1 router 198.18.2.1 -- veth or delayed -- 198.18.2.2 server
 *    2001:db8:1::2              2001:db8:1::1    2001:db8:2::1                  2001:db8:2::2
 * </pre>
 */
public final class TestNetwork implements AutoCloseable {
  private static final String CLIENT_V4 = "198.18.1.2";
  private static final String CLIENT_V6 = "2001:db8:1::2";
  private static final String SERVER_V4 = "198.18.2.2";
  private static final String SERVER_V6 = "2001:db8:2::2";
  private static final String NEAR = "near";
  private static final String FAR = "far";
  private static final String RAW = "filter hook prerouting priority raw";
  private static final Pattern COUNTER = Pattern.compile("packets (\\d+) bytes");

  private final TestNamespace client = TestNamespace.create();
  private final TestNamespace router;
  private final TestNamespace server;
  private DelayedLink delayed;

  private TestNetwork() {
    try {
      router = TestNamespace.create();
      server = createBeside(router);
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private static TestNamespace createBeside(TestNamespace other) {
    try {
      return TestNamespace.create();
    } catch (RuntimeException e) {
      other.close();
      throw e;
    }
  }

  /** All links at once. */
  public static TestNetwork create() {
    return create(Duration.ZERO);
  }

  /** A packet takes {@code oneWay} from the router to the server, and as long back. */
  public static TestNetwork create(Duration oneWay) {
    TestNetwork network = new TestNetwork();
    try {
      network.joinByVeth(network.client, NEAR);
      if (oneWay.isZero()) {
        network.joinByVeth(network.server, FAR);
      } else {
        network.delayed = DelayedLink.join(network.router, network.server, FAR, oneWay);
      }
      network.address();
      network.awaitLinks();
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /** A packet takes {@code oneWay} from now on, in a network that was created with a time. */
  public void delay(Duration oneWay) {
    delayed.delay(oneWay);
  }

  private void joinByVeth(TestNamespace end, String name) {
    router.ip("link add " + name + " type veth peer name " + name + " netns " + end.name());
    // One segment per packet, as on a wire: else one loss takes up to 64 KiB.
    router.ip("link set " + name + " gso_max_segs 1");
    end.ip("link set " + name + " gso_max_segs 1");
  }

  private void address() {
    address(router, NEAR, "198.18.1.1/24", "2001:db8:1::1/64");
    address(router, FAR, "198.18.2.1/24", "2001:db8:2::1/64");
    address(client, NEAR, CLIENT_V4 + "/24", CLIENT_V6 + "/64");
    address(server, FAR, SERVER_V4 + "/24", SERVER_V6 + "/64");
    for (String key : new String[] {"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"}) {
      router.sysctl(key, "1");
    }
    client.ip("route add default via 198.18.1.1");
    client.ip("-6 route add default via 2001:db8:1::1");
    server.ip("route add default via 198.18.2.1");
    server.ip("-6 route add default via 2001:db8:2::1");
  }

  private static void address(TestNamespace namespace, String device, String v4, String v6) {
    namespace.ip("address add " + v4 + " dev " + device);
    namespace.ip("address add " + v6 + " dev " + device + " nodad");
    namespace.ip("link set " + device + " up");
  }

  /**
   * Until a packet goes to the server's side and back in both families: the kernel starts a link
   * some time after it is up, and asks for neighbours then.
   */
  private void awaitLinks() {
    long deadlineNs = System.nanoTime() + Await.LIMIT.toNanos();
    for (String peer : new String[] {SERVER_V4, SERVER_V6}) {
      int errno = tryUnused(peer);
      while (errno != Errno.ECONNREFUSED) {
        if (System.nanoTime() - deadlineNs > 0) {
          throw new PosixException("connect to the server's side", errno);
        }
        errno = tryUnused(peer);
      }
    }
  }

  private int tryUnused(String peer) {
    Endpoint unused = Endpoint.of(peer, 9);
    return client.call(
        () -> {
          try (TestSocket socket = TestSocket.like(unused)) {
            return socket.tryConnect(unused);
          }
        });
  }

  public TestNamespace client() {
    return client;
  }

  public TestNamespace router() {
    return router;
  }

  public TestNamespace server() {
    return server;
  }

  /** The server's address in the family of choice. */
  public static String serverAddress(boolean v4) {
    return v4 ? SERVER_V4 : SERVER_V6;
  }

  public static String clientAddress(boolean v4) {
    return v4 ? CLIENT_V4 : CLIENT_V6;
  }

  /** What the router does with packets that it forwards, in place of what it did before. */
  public void forward(String... rules) {
    chain("forward", "filter hook forward priority filter", rules);
  }

  /** How it translates destinations before it routes. */
  public void translate(String... rules) {
    chain("translate", "nat hook prerouting priority dstnat", rules);
  }

  /** How it translates sources after it has routed. */
  public void translateSources(String... rules) {
    chain("sources", "nat hook postrouting priority srcnat", rules);
  }

  /** A SYN proxy in the router, for connections to {@code port}. */
  public void guardAgainstSynFloods(int port) {
    String toPort = "tcp dport " + port;
    router.sysctl("net.netfilter.nf_conntrack_tcp_loose", "0");
    chain("untracked", RAW, toPort + " tcp flags syn notrack");
    forward(
        toPort + " ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm",
        "ct state invalid drop");
  }

  public void endGuard() {
    chain("untracked", RAW);
    forward();
    router.sysctl("net.netfilter.nf_conntrack_tcp_loose", "1");
  }

  private void chain(String name, String hook, String... rules) {
    StringBuilder script = new StringBuilder("add table inet test\n");
    script.append("add chain inet test ").append(name);
    script.append(" { type ").append(hook).append("; }\n");
    script.append("flush chain inet test ").append(name).append('\n');
    for (String rule : rules) {
      script.append("add rule inet test " + name + " " + rule + "\n");
    }
    router.exec("nft", script.toString());
  }

  /** How many packets went through the first {@code counter} of the forward chain. */
  public long counted() {
    Matcher matcher =
        COUNTER.matcher(router.exec("nft", "list", "chain", "inet", "test", "forward"));
    if (!matcher.find()) {
      throw new IllegalStateException("no counter in the forward chain");
    }
    return Long.parseLong(matcher.group(1));
  }

  /** A connection from the client to the server; its listener is gone. */
  public SocketPair connect(boolean v4) {
    return connect(serverAddress(v4));
  }

  /** The same by another address, which the router translates to the server's. */
  public SocketPair connect(String address) {
    boolean v4 = address.indexOf(':') < 0;
    Endpoint any = Endpoint.of(serverAddress(v4), 0);
    try (TestSocket listener = server.call(() -> TestSocket.listening(any))) {
      Endpoint peer = Endpoint.of(address, listener.localEndpoint().port());
      TestSocket socket = client.call(() -> TestSocket.like(peer).connect(peer));
      try {
        return new SocketPair(socket, listener.accept());
      } catch (PosixException e) {
        socket.close();
        throw e;
      }
    }
  }

  /** What this system lacks for a link that takes its time; empty if nothing. */
  public static String lackingForDelay() {
    return Files.isWritable(Path.of("/dev/net/tun")) ? "" : "/dev/net/tun";
  }

  @Override
  public void close() {
    if (delayed != null) {
      delayed.close();
    }
    client.close();
    router.close();
    server.close();
  }
}
