// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.sink.Ink;

/**
 * The means of the page.
 *
 * @param columns no line is longer; 80 at least
 * @param coloured whether escape sequences are understood
 * @param unicode whether block characters can be written
 */
public record PageStyle(int columns, boolean coloured, boolean unicode) {
  private static final int FEWEST_COLUMNS = 80;
  private static final int MOST_COLUMNS = 160;

  /** Columns are kept between what the page is laid out for and what an eye can follow. */
  public PageStyle {
    columns = Math.max(FEWEST_COLUMNS, Math.min(columns, MOST_COLUMNS));
  }

  String ink(Ink ink, String text) {
    return coloured && !text.isEmpty() ? ink.paint(text) : text;
  }

  /** {@code text} in at most {@code room} columns, its middle left out if need be. */
  String shortened(String text, int room) {
    if (text.length() <= room) {
      return text;
    }
    int head = (room - 1) / 2;
    int tail = room - 1 - head;
    return text.substring(0, head) + (unicode ? "…" : "~") + text.substring(text.length() - tail);
  }
}
