// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

/**
 * The collector of a signal. Signals with equal ones share a channel.
 *
 * @param hasHeaders whether the user set headers
 */
public record CollectorTarget(CollectorAddress address, TlsFiles tls, boolean hasHeaders) {
  /** What to do about headers that anybody on the way can read. */
  public static final String PLAIN_TEXT_REMEDY = "write https:// if they are secret";

  /** Whether headers, which are often secret, leave this machine in plain text. */
  public boolean showsHeaders() {
    return hasHeaders && address.isPlainText() && !address.isLoopback();
  }

  static String shown(CollectorAddress address) {
    return "headers go to " + address + " in plain text: " + PLAIN_TEXT_REMEDY;
  }
}
