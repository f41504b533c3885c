// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.ForeignText;
import io.tcpotel.sink.Ink;
import io.tcpotel.telemetry.LogAttribute;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One connection's log record as a line. What varies in width, the workload and the addresses,
 * comes last, so that the numbers stand in columns.
 */
final class ConnectionLine {
  private static final String FORM = "%6s %-6s %5s %4s %4s %5s  ";
  private static final int COLUMNS_BEFORE_ADDRESSES = 37;
  private static final String NONE = "-";
  private static final int LONGEST_WORKLOAD = 16;

  /** Fewer columns would tell nothing of an address. */
  private static final int FEWEST_OF_ADDRESS = 10;

  private final Map<String, AnyValue> attributes = new HashMap<>();
  private final PageStyle style;
  private final String workload;
  private final double atSecond;

  /**
   * @param workload whose the connection is; empty if there is nothing to say
   * @param beginNs wall clock that the time counts from, ns since 1970
   */
  ConnectionLine(LogRecord record, String workload, long beginNs, PageStyle style) {
    this.style = style;
    this.workload = style.shortened(ForeignText.escaped(workload), LONGEST_WORKLOAD);
    this.atSecond = Math.max(0, (record.getTimeUnixNano() - beginNs) / 1e9);
    for (KeyValue attribute : record.getAttributesList()) {
      attributes.put(attribute.getKey(), attribute.getValue());
    }
  }

  static String header(PageStyle style) {
    String names = String.format(Locale.ROOT, FORM, "TIME", "ROLE", "TOOK", "SENT", "RECV", "RTT");
    return style.ink(Ink.BOLD, names + "WORKLOAD, LOCAL, PEER, ERROR OR LIMIT");
  }

  double atSecond() {
    return atSecond;
  }

  long second() {
    return (long) atSecond;
  }

  /** The same for connections that a reader would call alike. */
  String kind() {
    return workload
        + string(LogAttribute.CONNECTION_ROLE)
        + value(LogAttribute.SERVER_PORT).getIntValue()
        + error()
        + string(LogAttribute.LIMITED_BY);
  }

  /** With what was not answered: a connect that is given up after a second SYN. */
  private String error() {
    String error = string(LogAttribute.ERROR_TYPE);
    String cause = string(LogAttribute.TIMEOUT_CAUSE);
    return cause.isEmpty() ? error : error + "/" + cause;
  }

  String text() {
    String error = error();
    String limit = string(LogAttribute.LIMITED_BY);
    String end = error.isEmpty() ? limit : error;
    int room = style.columns() - COLUMNS_BEFORE_ADDRESSES;
    return numbers()
        + ends(end.isEmpty() ? room : room - end.length() - 1)
        + (end.isEmpty() ? "" : " " + style.ink(error.isEmpty() ? Ink.DIM : Ink.RED, end));
  }

  private String numbers() {
    boolean established = value(LogAttribute.CONNECTION_ESTABLISHED).getBoolValue();
    boolean sampled = attributes.containsKey(LogAttribute.RTT_SMOOTHED.key());
    String role = string(LogAttribute.CONNECTION_ROLE);
    return String.format(
        Locale.ROOT,
        FORM,
        atSecond < 999.95
            ? String.format(Locale.ROOT, "%.1fs", atSecond)
            : Quantity.duration(atSecond),
        role.equals("unknown") ? "?" : role,
        Quantity.duration(number(LogAttribute.CONNECTION_DURATION)),
        established ? bytes(LogAttribute.TRANSMIT_BYTES) : NONE,
        established ? bytes(LogAttribute.RECEIVE_BYTES) : NONE,
        sampled ? Quantity.duration(number(LogAttribute.RTT_SMOOTHED)) : NONE);
  }

  /** The local address is the first to go: most machines have one, and a loopback is its own. */
  private String ends(int room) {
    String local = string(LogAttribute.NETWORK_LOCAL_ADDRESS);
    String peer = string(LogAttribute.NETWORK_PEER_ADDRESS);
    String localPort = port(LogAttribute.NETWORK_LOCAL_PORT);
    String peerEnd = bracketed(peer) + port(LogAttribute.NETWORK_PEER_PORT);
    String whole = (local.equals(peer) ? "" : bracketed(local)) + localPort + arrow() + peerEnd;
    String ports = localPort + arrow() + peerEnd;
    if (workload.isEmpty()) {
      return first(room, whole, ports).orElseGet(() -> style.shortened(peerEnd, room));
    }
    // Next the client's port: nobody has chosen it.
    boolean isServer = string(LogAttribute.CONNECTION_ROLE).equals("server");
    String head = workload + (isServer ? localPort : "") + arrow();
    String tail = isServer ? bracketed(peer) : peerEnd;
    int left = room - head.length();
    return first(room, workload + " " + whole, workload + ports, head + tail)
        .orElseGet(
            () ->
                left < FEWEST_OF_ADDRESS
                    ? style.shortened(peerEnd, room)
                    : head + style.shortened(tail, left));
  }

  private static Optional<String> first(int room, String... forms) {
    return Stream.of(forms).filter(form -> form.length() <= room).findFirst();
  }

  private String arrow() {
    return switch (string(LogAttribute.CONNECTION_ROLE)) {
      case "client" -> " > ";
      case "server" -> " < ";
      default -> " - ";
    };
  }

  private static String bracketed(String address) {
    return address.indexOf(':') < 0 ? address : "[" + address + "]";
  }

  private String port(LogAttribute attribute) {
    return ":" + value(attribute).getIntValue();
  }

  private String bytes(LogAttribute attribute) {
    return Quantity.bytes(value(attribute).getIntValue());
  }

  private AnyValue value(LogAttribute attribute) {
    return attributes.getOrDefault(attribute.key(), AnyValue.getDefaultInstance());
  }

  private String string(LogAttribute attribute) {
    return value(attribute).getStringValue();
  }

  private double number(LogAttribute attribute) {
    return value(attribute).getDoubleValue();
  }
}
