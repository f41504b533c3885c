// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PeerWorkloadsTest {
  private static final long HOST = 4001;
  private static final long WEB_NETNS = 4002;
  private static final long DB_NETNS = 4003;
  private static final String WEB_ADDRESS = "10.1.2.3";
  private static final String DB_ADDRESS = "10.9.8.7";

  private final Map<Long, String> paths = new HashMap<>();
  private final WorkloadTable table = new WorkloadTable(paths::get, id -> false, 100);
  private final Workload web = workload("/docker/" + "0123456789abcdef".repeat(4));
  private final Workload db = workload("/docker/" + "fedcba9876543210".repeat(4));
  private final Workload sshd = workload("/system.slice/sshd.service");
  private final Workload nginx = workload("/system.slice/nginx.service");
  private final PeerWorkloads peers = new PeerWorkloads();

  PeerWorkloadsTest() {
    peers.tick(1);
  }

  private Workload workload(String path) {
    paths.put(paths.size() + 1L, path);
    return table.of(paths.size());
  }

  private static RecordImage at(long netns, RecordImage image) {
    tcp_probe_info.netns_cookie(image.data(), netns);
    return image;
  }

  /** The client's end, from 10.1.2.3:41528 to 10.9.8.7:5432. */
  private static RecordImage client(Supplier<RecordImage> kind) {
    return at(WEB_NETNS, kind.get().outbound());
  }

  /** The other end of it. */
  private static RecordImage server(Supplier<RecordImage> kind) {
    RecordImage image = kind.get().inbound().localAddress(DB_ADDRESS).peerAddress(WEB_ADDRESS);
    return at(DB_NETNS, image.ports(5432, 41528));
  }

  private Workload take(RecordImage image, Workload own) {
    return peers.take(new ConnectionRecord().copyFrom(image.data(), 0), own);
  }

  private void listen(long netns, String address, int port, Workload workload) {
    MemorySegment stored = MemorySegment.ofArray(RecordImage.stored(address));
    var half = ValueLayout.JAVA_LONG_UNALIGNED;
    peers.addListener(netns, stored.get(half, 0), stored.get(half, 8), port, workload);
  }

  @Test
  void bothEndsOfAConnectionKnowEachOther() {
    assertThat(take(client(RecordImage::open), web)).isNull();
    assertThat(take(server(RecordImage::open), db)).isSameAs(web);
    assertThat(take(client(RecordImage::close), web)).isSameAs(db);
    assertThat(take(server(RecordImage::close), db)).isSameAs(web);
  }

  @Test
  void endsWithoutAnOpenKnowEachOtherInEitherOrder() {
    listen(DB_NETNS, DB_ADDRESS, 5432, db);
    assertThat(take(client(RecordImage::close), web)).isSameAs(db);
    assertThat(take(server(RecordImage::close), db)).isSameAs(web);
  }

  /** On one address all is told by ports alone. */
  @Test
  void servicesOfOneNamespaceAreToldApartByTheirConnections() {
    RecordImage toNginx = at(HOST, RecordImage.open().localAddress("127.0.0.1"));
    toNginx.peerAddress("127.0.0.1").ports(50001, 80);
    RecordImage atNginx = at(HOST, RecordImage.open().localAddress("127.0.0.1").inbound());
    atNginx.peerAddress("127.0.0.1").ports(80, 50001);
    assertThat(take(toNginx, sshd)).isNull();
    assertThat(take(atNginx, nginx)).isSameAs(sshd);
    assertThat(take(toNginx.kind(RecordKind.CLOSE), sshd)).isSameAs(nginx);
  }

  @Test
  void aFailedConnectKnowsTheListenerOfItsPort() {
    RecordImage failure = client(RecordImage::failure);
    listen(DB_NETNS, DB_ADDRESS, 5432, db);
    listen(DB_NETNS, DB_ADDRESS, 5433, sshd);
    assertThat(take(failure, web)).isSameAs(db);
    assertThat(take(failure.ports(41529, 5433), web)).isSameAs(sshd);
    assertThat(take(failure.ports(41530, 5434), web)).as("neither").isNull();
  }

  @Test
  void aListenerAtAllAddressesIsFoundInTheNamespaceThatHasTheAddress() {
    listen(DB_NETNS, "0.0.0.0", 5432, db);
    listen(HOST, "::", 5432, nginx);
    RecordImage failure = client(RecordImage::failure);
    assertThat(take(failure, web)).as("whose address it is, is unknown").isNull();
    take(server(RecordImage::failure).ports(40000, 9), sshd);
    assertThat(take(failure, web)).isSameAs(db);
    listen(DB_NETNS, "::", 5432, sshd);
    assertThat(take(failure, web)).as("of IPv4 first").isSameAs(db);
    listen(DB_NETNS, "::", 5433, sshd);
    assertThat(take(failure.ports(41528, 5433), web)).as("IPv6 takes IPv4 too").isSameAs(sshd);
  }

  @Test
  void loopbackIsOfOneNamespace() {
    listen(HOST, "127.0.0.1", 5432, nginx);
    listen(DB_NETNS, "127.0.0.1", 5432, db);
    RecordImage failure = RecordImage.failure().localAddress("127.0.0.1").peerAddress("127.0.0.1");
    assertThat(take(at(HOST, failure), sshd)).isSameAs(nginx);
    assertThat(take(at(DB_NETNS, failure), sshd)).isSameAs(db);
    assertThat(take(at(WEB_NETNS, failure), sshd)).isNull();
  }

  @Test
  void anAddressIsOfTheContainerThatAloneUsesIt() {
    RecordImage elsewhere = server(RecordImage::close).outbound().peerAddress("192.0.2.1");
    take(elsewhere, db);
    assertThat(take(client(RecordImage::failure), web)).isSameAs(db);
    take(elsewhere, sshd);
    assertThat(take(client(RecordImage::failure), web)).as("of two").isNull();
  }

  @Test
  void anAddressOfServicesIsNobodysAlone() {
    take(server(RecordImage::close).outbound().peerAddress("192.0.2.1"), sshd);
    assertThat(take(client(RecordImage::failure), web)).isNull();
  }

  @Test
  void containersOfOnePodHaveItsAddressInCommon() {
    String pod = "/kubepods/burstable/pod3f6a1c2e-9b07-4d58-8e21-6c0d5f4b7a39/";
    Workload app = workload(pod + "a".repeat(64));
    Workload proxy = workload(pod + "b".repeat(64));
    RecordImage elsewhere = server(RecordImage::close).outbound().peerAddress("192.0.2.1");
    take(elsewhere, app);
    assertThat(take(client(RecordImage::failure), web)).isSameAs(app);
    take(elsewhere, proxy);
    assertThat(take(client(RecordImage::failure), web)).isSameAs(app.group());
  }

  @Test
  void theSameConnectionInTwoNamespacesIsAmbiguous() {
    take(client(RecordImage::open), web);
    take(server(RecordImage::open), db);
    take(at(7001, server(RecordImage::open)), nginx);
    assertThat(take(client(RecordImage::close), web)).isNull();
    take(server(RecordImage::update), db);
    assertThat(take(client(RecordImage::close), web)).as("still").isNull();
  }

  /** docker-proxy listens at the host's port that a rule of NAT leads to a container. */
  @Test
  void aConnectionThatNatLeadsElsewhereHasNoPeer() {
    listen(DB_NETNS, DB_ADDRESS, 5432, nginx);
    take(client(RecordImage::failure), web);
    take(client(RecordImage::open), web);
    assertThat(take(client(RecordImage::close), web)).isNull();
  }

  @Test
  void anAddressThatNobodyUsesAnyMoreIsForgotten() {
    listen(DB_NETNS, DB_ADDRESS, 5432, db);
    peers.tick(2 * PeerWorkloads.WINDOW_NS - 1);
    assertThat(take(client(RecordImage::failure), web)).isSameAs(db);
    listen(DB_NETNS, DB_ADDRESS, 5432, db);
    peers.tick(3 * PeerWorkloads.WINDOW_NS - 1);
    assertThat(take(client(RecordImage::failure), web)).isSameAs(db);
    peers.tick(4 * PeerWorkloads.WINDOW_NS);
    assertThat(take(client(RecordImage::failure), web)).isNull();
  }

  @Test
  void anAddressThatChangedHandsIsAmbiguousForAWhile() {
    listen(DB_NETNS, DB_ADDRESS, 5432, db);
    peers.tick(PeerWorkloads.WINDOW_NS);
    listen(DB_NETNS, DB_ADDRESS, 5432, nginx);
    assertThat(take(client(RecordImage::failure), web)).isNull();
    peers.tick(2 * PeerWorkloads.WINDOW_NS);
    assertThat(take(client(RecordImage::failure), web)).isSameAs(nginx);
  }

  @Test
  void anUnknownWorkloadIsAnother() {
    listen(DB_NETNS, DB_ADDRESS, 5432, db);
    listen(DB_NETNS, DB_ADDRESS, 5432, Workload.AGENT);
    assertThat(take(client(RecordImage::failure), web)).isNull();
  }

  @Test
  void anEndIsForgottenSomeTimeAfterIt() {
    take(server(RecordImage::close), db);
    take(client(RecordImage::close), sshd);
    peers.tick(LocalEnds.AFTER_END_NS);
    assertThat(take(server(RecordImage::close), db)).isSameAs(sshd);
    peers.tick(LocalEnds.AFTER_END_NS + 1);
    assertThat(take(server(RecordImage::close), db)).isNull();
  }

  /** Addresses of one network differ in their last bytes, which are the highest of a half. */
  @Test
  void neighboursAreFarFromEachOtherInTheTable() {
    Set<Integer> slots = new HashSet<>();
    for (int host = 0; host < 4096; host++) {
      slots.add(Sightings.hash(0, Long.reverseBytes(0xffff_0a01_0000L + host), 0, 0) & 8191);
    }
    assertThat(slots).as("3,223 by chance").hasSizeGreaterThan(3000);
  }

  @Test
  void noneKnowsNone() {
    PeerWorkloads none = PeerWorkloads.none();
    ConnectionRecord record = new ConnectionRecord();
    none.take(record.copyFrom(server(RecordImage::close).data(), 0), db);
    assertThat(none.take(record.copyFrom(client(RecordImage::close).data(), 0), web)).isNull();
  }

  @Test
  void takingRecordsAllocatesNothing() {
    ConnectionRecord[] records = new ConnectionRecord[4];
    records[0] = new ConnectionRecord().copyFrom(client(RecordImage::close).data(), 0);
    records[1] = new ConnectionRecord().copyFrom(server(RecordImage::close).data(), 0);
    records[2] = new ConnectionRecord().copyFrom(client(RecordImage::failure).data(), 0);
    records[3] = new ConnectionRecord().copyFrom(client(RecordImage::close).ports(1, 2).data(), 0);
    int[] known = new int[1];
    AllocatedBytes.requireNone(
        "PeerWorkloads.take",
        () -> {
          for (ConnectionRecord each : records) {
            known[0] += peers.take(each, each == records[1] ? db : web) == null ? 0 : 1;
          }
        });
    assertThat(known[0]).isPositive();
  }
}
