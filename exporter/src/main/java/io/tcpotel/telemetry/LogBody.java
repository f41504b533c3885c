// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.AddressText;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import java.nio.charset.StandardCharsets;

/**
 * The text in the body of a log record, written where it is sent from. Hot: allocates nothing,
 * throws nothing. One thread uses it.
 */
public abstract class LogBody {
  /** Its form. */
  public enum Form {
    /** A line for people. */
    TEXT,
    /** The line of Kmesh's access log. */
    KMESH,
    /** No body at all. */
    NONE;

    /** Null for {@link #NONE}. */
    LogBody newBody() {
      return switch (this) {
        case TEXT -> new BodyText();
        case KMESH -> new KmeshText();
        case NONE -> null;
      };
    }
  }

  /** More than any takes, and what is overwritten behind it. */
  static final int MAX_BYTES = Math.max(BodyText.MAX_BYTES, KmeshText.MAX_BYTES);

  private byte[] bytes;
  private int from;
  private int at;

  /** It stands in memory of its own, until {@link #moveTo}. */
  LogBody(int maxBytes) {
    moveTo(new byte[maxBytes], 0);
  }

  /** Texts are written into {@code bytes} from {@code from} on, where there is room for any. */
  final void moveTo(byte[] bytes, int from) {
    this.bytes = bytes;
    this.from = from;
    this.at = from;
  }

  /**
   * Writes a text over the last one.
   *
   * @param error null if it ended well, or has not ended
   * @param limit the largest; null if there is none
   * @param timeNs wall clock of the event, ns since 1970
   */
  abstract void write(
      ConnectionRecord connection,
      LogEvent event,
      ConnectionRole role,
      ErrorType error,
      LimitedBy limit,
      long timeNs);

  /** Of the last text. */
  final int length() {
    return at - from;
  }

  /** The last text. Allocates. */
  @Override
  public final String toString() {
    return new String(bytes, from, length(), StandardCharsets.US_ASCII);
  }

  final void begin() {
    at = from;
  }

  final void append(ConstantBytes text) {
    at = text.write(bytes, at);
  }

  final void append(int character) {
    bytes[at++] = (byte) character;
  }

  final void appendNumber(long value) {
    at = DecimalText.write(value, bytes, at);
  }

  final void appendThousandths(int thousandths) {
    at = DecimalText.writeThousandths(thousandths, bytes, at);
  }

  final void appendDuration(long ns) {
    at = DurationText.write(ns, bytes, at);
  }

  final void appendTime(long epochNs) {
    at = TimeText.write(epochNs, bytes, at);
  }

  /** Address and port of one end, an address of IPv6 in brackets; the port alone if masked. */
  final void appendEnd(ConnectionRecord connection, boolean local) {
    boolean shown = connection.hasAddresses();
    boolean brackets = shown && connection.type() == ConnectionRecord.IPV6;
    if (brackets) {
      append('[');
    }
    if (shown) {
      AddressText text = local ? connection.localText() : connection.peerText();
      at = text.copyTo(bytes, at);
    }
    if (brackets) {
      append(']');
    }
    append(':');
    appendNumber(local ? connection.localPort() : connection.peerPort());
  }
}
