// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A buffer becomes free while the reader finds none and leaves its records in the ring: the reader
 * sees the buffer when it looks again, or is woken for it.
 */
@JCStressTest
@Outcome(
    id = {"true, false", "true, true", "false, true"},
    expect = Expect.ACCEPTABLE,
    desc = "seen, or woken for")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "the reader sleeps beside it")
@State
public class FreeBuffer {
  private boolean isWoken;
  private final FreeBuffers<Object> free = new FreeBuffers<>(() -> isWoken = true);

  @Actor
  public void channel(ZZ_Result result) {
    free.giveBack(this);
    result.r2 = isWoken;
  }

  @Actor
  public void reader(ZZ_Result result) {
    free.setReaderWaits(true);
    result.r1 = !free.isEmpty();
  }
}
