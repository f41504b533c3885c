// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Release;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.doctor.Finding.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The findings as a page for people, 80 columns wide. */
final class DoctorPage {
  private static final int WIDTH = 80;
  private static final int STATE_WIDTH = 9;
  private static final int NAME_WIDTH = 19;
  private static final int INDENT = 2 + STATE_WIDTH + NAME_WIDTH;

  private final boolean coloured;
  private final StringBuilder page = new StringBuilder();

  private DoctorPage(boolean coloured) {
    this.coloured = coloured;
  }

  static String of(Diagnosis diagnosis, boolean coloured) {
    DoctorPage page = new DoctorPage(coloured);
    page.line(Release.NAME + " " + Release.VERSION);
    Area area = null;
    for (Finding finding : diagnosis.findings()) {
      if (finding.area() != area) {
        area = finding.area();
        page.line("").line(area.title());
      }
      page.add(finding);
    }
    page.line("").line(verdict(diagnosis));
    return page.page.toString();
  }

  private DoctorPage line(String text) {
    page.append(text).append('\n');
    return this;
  }

  private void add(Finding finding) {
    String state = finding.state().name().toLowerCase(Locale.ROOT);
    page.append("  ").append(painted(finding.state(), state));
    page.append(" ".repeat(STATE_WIDTH - state.length()));
    page.append(String.format("%-" + NAME_WIDTH + "s", finding.name()));
    append(finding.found(), "");
    if (finding.remedy() != null) {
      page.append(" ".repeat(INDENT));
      append("-> " + finding.remedy(), "   ");
    }
  }

  private String painted(State state, String text) {
    String code =
        switch (state) {
          case OK -> "32";
          case WARNING -> "33";
          case MISSING, FAILED -> "31";
          case SKIPPED -> "2";
        };
    return coloured ? "\033[" + code + "m" + text + "\033[0m" : text;
  }

  /** Appends {@code text}, wrapped between words; a word longer than a line stays whole. */
  private void append(String text, String hanging) {
    List<String> lines = new ArrayList<>();
    for (String paragraph : text.lines().map(String::strip).toList()) {
      String line = lines.isEmpty() ? "" : hanging;
      for (String word : paragraph.split(" ")) {
        boolean begun = !line.isBlank();
        if (begun && INDENT + line.length() + 1 + word.length() > WIDTH) {
          lines.add(line);
          line = hanging + word;
        } else {
          line = begun ? line + " " + word : line + word;
        }
      }
      lines.add(line);
    }
    line(String.join("\n" + " ".repeat(INDENT), lines));
  }

  private static String verdict(Diagnosis diagnosis) {
    int capture = diagnosis.bad(false);
    int collector = diagnosis.bad(true);
    if (capture > 0) {
      return "tcpotel cannot capture here: " + counted(capture) + " above to fix.";
    }
    if (collector > 0) {
      return "tcpotel can capture here, but not send: " + counted(collector) + " above to fix.";
    }
    return "tcpotel can capture here and send to the collector"
        + (diagnosis.hasWarnings() ? ": read the warnings above." : ".");
  }

  private static String counted(int count) {
    return count == 1 ? "1 problem" : count + " problems";
  }
}
