// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/** Which end closed an established connection. Hot: allocates nothing, throws nothing. */
public enum ClosedBy {
  /** Our FIN went first. */
  LOCAL("local"),
  /** The peer's FIN came first. */
  REMOTE("remote"),
  /** No FIN at all: a reset, a timeout. */
  ABORT("abort");

  private static final ClosedBy[] BY_NUMBER = {null, LOCAL, REMOTE, ABORT};

  private final String value;

  ClosedBy(String value) {
    this.value = value;
  }

  /** The value of {@code tcpotel.connection.close.by}. */
  public String value() {
    return value;
  }

  /** Null before the end, and for a failed connect. */
  public static ClosedBy of(ConnectionRecord connection) {
    int number = connection.closedBy();
    return number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }
}
