// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Variables and a configuration file of any text are used or refused in words. */
public final class ConfigurationFuzz {
  private static final Path FILE = file();

  private ConfigurationFuzz() {}

  private static Path file() {
    try {
      Path file = Files.createTempFile("tcpotel-fuzz", ".properties");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines of variables, a zero, and the file; the recording is not there, so nothing runs. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    int zero = 0;
    while (zero < input.length && input[zero] != 0) {
      zero++;
    }
    String variables = new String(input, 0, zero, StandardCharsets.UTF_8);
    byte[] file = Arrays.copyOfRange(input, Math.min(zero + 1, input.length), input.length);
    Files.write(FILE, file);
    Map<String, String> environment = new HashMap<>();
    for (String line : variables.split("\n")) {
      String[] parts = line.split("=", 2);
      if (parts.length == 2 && !parts[0].equals("TCPOTEL_CONFIG")) {
        environment.put(parts[0], parts[1]);
      }
    }
    InProcess ended =
        InProcess.run(environment, "replay", "/nowhere/conns", "--config", FILE.toString());
    String text = ended.messages();
    boolean isText =
        text.lines().flatMapToInt(String::codePoints).noneMatch(Character::isISOControl);
    if (ended.exitCode() != 2 || text.contains("defect") || !isText) {
      throw new AssertionError(ended.exitCode() + ": " + text);
    }
  }
}
