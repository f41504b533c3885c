// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The running kernel's release, as "6.12.43-amd64". */
public record KernelRelease(String text, int major, int minor) {
  private static final Pattern FORM = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** From uname(2), since a /proc that shows processes only (ProcSubset=pid) has no release. */
  public static KernelRelease running() {
    return parse(System.getProperty("os.version"));
  }

  public static KernelRelease parse(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? new KernelRelease(text, Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)))
        : new KernelRelease(text, 0, 0);
  }

  /** Whether the text has no numbers that could be compared. */
  public boolean isUnknown() {
    return major == 0;
  }

  /** False for one that is unknown. */
  public boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || major == wantedMajor && minor >= wantedMinor;
  }
}
