// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The running kernel's release, as "6.12.43-amd64". */
public record KernelRelease(String text, int major, int minor) {
  private static final Path FILE = Path.of("/proc/sys/kernel/osrelease");
  private static final Pattern FORM = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** One that cannot be read is older than any. */
  public static KernelRelease running() {
    try {
      return parse(Files.readString(FILE).strip());
    } catch (IOException e) {
      return parse("unknown (" + FILE + " cannot be read)");
    }
  }

  public static KernelRelease parse(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? new KernelRelease(text, Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)))
        : new KernelRelease(text, 0, 0);
  }

  public boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || major == wantedMajor && minor >= wantedMinor;
  }
}
