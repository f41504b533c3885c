// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.fuzz;

import io.tcpotel.cli.ConfigurationFuzz;
import io.tcpotel.otlp.AnswerFuzz;
import io.tcpotel.otlp.spool.SpoolFuzz;
import io.tcpotel.pipeline.RecordingFuzz;
import io.tcpotel.pipeline.RingFuzz;
import io.tcpotel.workload.NamesFuzz;
import java.nio.file.Path;
import java.util.Locale;

/** Where bytes from outside come in, and the class whose fuzzerTestOneInput takes some. */
enum Target {
  RECORDING(RecordingFuzz.class, 2000),
  SPOOL(SpoolFuzz.class, 1000),
  ANSWER(AnswerFuzz.class, 10_000),
  RING(RingFuzz.class, 5000),
  CONFIGURATION(ConfigurationFuzz.class, 150),
  NAMES(NamesFuzz.class, 10_000);

  private final Class<?> code;
  private final int runs;

  Target(Class<?> code, int runs) {
    this.code = code;
    this.runs = runs;
  }

  Class<?> code() {
    return code;
  }

  /** A second or two. */
  int runs() {
    return runs;
  }

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Inputs that reach different code, kept in the repository. */
  Path corpus() {
    return Path.of("src/test/resources/io/tcpotel/fuzz", title()).toAbsolutePath();
  }
}
