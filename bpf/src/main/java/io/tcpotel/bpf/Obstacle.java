// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

/**
 * Something that keeps this program from seeing connections, some or all of them.
 *
 * @param reason the fact, and the connections that are not seen for it
 * @param remedy the action that the user can take
 */
public record Obstacle(String reason, String remedy) {
  /** On one line, for a message at the start. */
  @Override
  public String toString() {
    return reason + ": " + remedy;
  }
}
