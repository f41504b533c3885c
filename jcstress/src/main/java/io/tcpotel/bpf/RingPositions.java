// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;

/**
 * The kernel fills the ring up and goes on where the first records were, as soon as the reader
 * gives their room back: the reader meets each record whole, once and in order.
 */
@JCStressTest
@Outcome(
    id = {"0, 123, 0", "1, 123, 4", "1, 1234, 0", "2, 123, 45", "2, 1234, 5", "2, 12345, 0"},
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
  public void kernel(JJJ_Result result) {
    // 4 finds room behind the others once the first is read, 5 where the first was.
    result.r1 = !ring.put(4) ? 0 : !ring.put(5) ? 1 : 2;
  }

  @Actor
  public void reader(JJJ_Result result) {
    result.r2 = KernelRing.drain(reader);
  }

  @Arbiter
  public void rest(JJJ_Result result) {
    result.r3 = KernelRing.drain(reader);
  }
}
