// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

/** A style of text on a terminal. */
public enum Ink {
  DIM("2"),
  BOLD("1"),
  RED("31"),
  YELLOW("33");

  private final String code;

  Ink(String code) {
    this.code = code;
  }

  public String paint(String text) {
    return "\033[" + code + "m" + text + "\033[0m";
  }
}
