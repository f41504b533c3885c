// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/**
 * The kernel puts records into a ring that has room for one, and goes on where the first records
 * were as soon as the reader gives their room back: the reader meets each record whole, once and in
 * order.
 */
@JCStressTest
@Outcome(
    id = {"1, 1234", "2, 12345", "3, 123456"},
    expect = Expect.ACCEPTABLE,
    desc = "each record that found room, in its order")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "a record early, twice, overwritten before it was read, or lost")
@State
public class RingPositions {
  private final KernelRing ring = new KernelRing();
  private final RingReader reader = ring.reader();

  public RingPositions() {
    ring.put(1);
    ring.put(2);
    ring.put(3);
  }

  @Actor
  public void kernel(JJ_Result result) {
    while (result.r1 < 3 && ring.put(4 + result.r1)) {
      result.r1++;
    }
  }

  @Actor
  public void reader(JJ_Result result) {
    result.r2 = KernelRing.drain(reader, KernelRing.drain(reader, 0));
  }

  @Arbiter
  public void rest(JJ_Result result) {
    result.r2 = KernelRing.drain(reader, result.r2);
  }
}
