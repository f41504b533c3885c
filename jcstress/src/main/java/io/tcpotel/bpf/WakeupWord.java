// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.tcp_probe_shared;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A record above the level comes while the reader, which an earlier one has woken, allows the next
 * wake-up and looks at the ring: the reader sees the record, or the record wakes it.
 *
 * <p>The kernel's half is submit_flags() of report.h with a barrier behind the reservation, which
 * the kernel does not have: there the reservation may stay in the CPU's store buffer while the word
 * is read, and a record that comes just then waits for the drain's timer or for the next record.
 */
@JCStressTest
@Outcome(
    id = {"true, false", "true, true", "false, true"},
    expect = Expect.ACCEPTABLE,
    desc = "seen, or woken for")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "the reader sleeps beside it")
@State
public class WakeupWord {
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final long PENDING = tcp_probe_shared.wakeup_pending$offset();

  private final MemorySegment words =
      MemorySegment.ofArray(new long[(int) tcp_probe_shared.sizeof() / Long.BYTES]);
  private final SharedWords shared = new SharedWords(words);
  private final KernelRing ring = new KernelRing();
  private final RingReader reader = ring.reader();

  public WakeupWord() {
    INT.set(words, PENDING, 1);
  }

  @Actor
  public void kernel(ZZ_Result result) {
    long offset = ring.reserve();
    VarHandle.fullFence();
    result.r2 =
        (int) INT.getOpaque(words, PENDING) == 0 && (int) INT.getAndSet(words, PENDING, 1) == 0;
    ring.submit(offset, 1);
  }

  @Actor
  public void reader(ZZ_Result result) {
    shared.allowWakeup();
    result.r1 = reader.availableBytes() > 0;
  }
}
