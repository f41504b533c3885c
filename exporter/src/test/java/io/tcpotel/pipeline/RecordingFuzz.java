// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.recording.Recording;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A recording of any bytes is replayed, or refused with the place of its damage. */
public final class RecordingFuzz {
  private static final Pattern REFUSAL =
      Pattern.compile(
          "(?s)conns: (?:is no capture|has version .*|damaged at byte (\\d+): .*)\n  .+");
  private static final Messages MESSAGES =
      new Messages(new PrintStream(OutputStream.nullOutputStream()));

  private RecordingFuzz() {}

  public static void fuzzerTestOneInput(byte[] file) {
    try (Recording recording = Recording.read(new ByteArrayInputStream(file), "conns", MESSAGES)) {
      TakenRecords taken = new TakenRecords();
      ReplayLoop loop = new ReplayLoop(recording, new ReplayLoop.Pace(false, true, 1));
      loop.run(new StopSignal(), taken);
      taken.requireShown();
      if (taken.images().size() != recording.records()) {
        throw new AssertionError("a record was read and then refused");
      }
    } catch (Failure failure) {
      Matcher refusal = REFUSAL.matcher(failure.getMessage());
      if (!refusal.matches()
          || refusal.group(1) != null && Long.parseLong(refusal.group(1)) > file.length) {
        throw new AssertionError(failure);
      }
    }
  }
}
