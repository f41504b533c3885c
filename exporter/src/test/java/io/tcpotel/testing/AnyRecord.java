// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import java.util.List;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/**
 * Random records as a kernel could write them: all kinds, roles, families, states and errnos,
 * numbers that are often at the edge of their type, samples that are often absent.
 */
public final class AnyRecord {
  private static final int[] ERRNOS = {
    0, 0, 0, 1, 13, 32, 99, 101, 103, 104, 110, 111, 113, 5, 133, 65535
  };
  private static final long[] EDGES = {
    0, 1, 127, 128, 16383, 16384, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, 0x1_0000_0000L, 1L << 62
  };

  private AnyRecord() {}

  /** Of any kind. */
  public static Arbitrary<RecordImage> arbitrary() {
    return Arbitraries.randomValue(AnyRecord::of);
  }

  /** Some of what can become log records. */
  public static Arbitrary<List<RecordImage>> arbitraryReports() {
    return Arbitraries.randomValue(AnyRecord::reported).list().ofMinSize(1).ofMaxSize(40);
  }

  /** Of any kind. */
  public static RecordImage of(RandomGenerator random) {
    return random.nextInt(3) == 0 ? begin(random) : reported(random);
  }

  private static RecordImage begin(RandomGenerator random) {
    return random.nextBoolean()
        ? fill(RecordImage.open(), random)
        : fill(RecordImage.adopted(), random);
  }

  /** What can become a log record. */
  public static RecordImage reported(RandomGenerator random) {
    return switch (random.nextInt(4)) {
      case 0 -> fill(RecordImage.open(), random);
      case 1 ->
          fill(RecordImage.update(), random)
              .state(1 + random.nextInt(13))
              .openReported(random.nextBoolean())
              .preexisting(random.nextBoolean());
      default -> end(random);
    };
  }

  /** The end of a connection, or a connect that failed. */
  public static RecordImage end(RandomGenerator random) {
    if (random.nextInt(4) == 0) {
      RecordImage failure = fill(RecordImage.failure(), random);
      return failure.established(false).openReported(false).srttUs(0).rttMinUs(0).mss(0);
    }
    return fill(RecordImage.close().kind(RecordKind.CLOSE), random)
        .openReported(random.nextBoolean())
        .preexisting(random.nextInt(4) == 0);
  }

  private static RecordImage fill(RecordImage image, RandomGenerator random) {
    boolean v4 = random.nextBoolean();
    long sent = number(random);
    long received = number(random);
    image.direction(random.nextInt(3)).previousState(random.nextInt(13));
    image.addresses(address(random, v4), address(random, v4)).ports(port(random), port(random));
    image.skErr(ERRNOS[random.nextInt(ERRNOS.length)]).finReceived(random.nextBoolean());
    image.generation(random.nextInt(3)).socketCookie(number(random)).closeNs(number(random));
    image.durationNs(number(random)).bytes(sent, received);
    image.reportedBytes(upTo(random, sent), upTo(random, received));
    image.segments((int) number(random), (int) number(random));
    boolean isFirst = random.nextInt(4) == 0;
    image.reportedSegments(isFirst ? 0 : (int) number(random), isFirst ? 0 : (int) number(random));
    image.retransmits((int) number(random), (int) number(random));
    if (image.view().kind().bytes() > ProbeAbi.TCP_PROBE_SHORT_BYTES()) {
      image.set(data -> RecordDetailsImage.randomize(data, random));
    }
    image.unackedBytes(sometimes(random)).unreadBytes(sometimes(random));
    return image.srttUs(sometimes(random)).rttMinUs(sometimes(random)).mss(sometimes(random));
  }

  private static long number(RandomGenerator random) {
    return random.nextInt(3) == 0
        ? EDGES[random.nextInt(EDGES.length)]
        : random.nextLong() >>> 2 + random.nextInt(62);
  }

  private static long upTo(RandomGenerator random, long bound) {
    return random.nextBoolean() ? 0 : random.nextLong(bound + 1);
  }

  private static int sometimes(RandomGenerator random) {
    return random.nextInt(3) == 0 ? 0 : (int) number(random);
  }

  private static int port(RandomGenerator random) {
    int[] known = {80, 443, 5432, 32767, 32768, 50051, 65535};
    return random.nextBoolean() ? known[random.nextInt(known.length)] : random.nextInt(65536);
  }

  /** As stored; never IPv4-mapped unless {@code v4}. */
  private static byte[] address(RandomGenerator random, boolean v4) {
    byte[] address = RecordImage.stored("0.0.0.0");
    if (!v4) {
      address = RecordImage.stored("2001:db8::");
    }
    int groups = v4 ? 2 : random.nextInt(7);
    for (int i = 0; i < groups; i++) {
      int group = random.nextInt(4) == 0 ? 0 : random.nextInt(65536);
      address[14 - 2 * i] = (byte) (group >> 8);
      address[15 - 2 * i] = (byte) group;
    }
    return address;
  }
}
