// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.doctor.Finding.State;
import io.tcpotel.otlp.CollectorTarget;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the checks themselves find wrong; the other findings are failures and obstacles of the
 * capture and of the export. Texts in braces are replaced by what was found.
 */
enum Problem {
  NATIVE_ACCESS_OFF(
      Area.JAVA,
      State.WARNING,
      "native access",
      "not enabled: Java warns at each start, later versions will refuse",
      "start the jar itself, or add --enable-native-access=ALL-UNNAMED"),
  KERNEL_UNKNOWN(
      Area.KERNEL,
      State.WARNING,
      "release",
      "{release}: cannot be compared",
      "see that it is 5.15 or newer"),
  KERNEL_OLD(
      Area.KERNEL,
      State.WARNING,
      "release",
      "{release}: older than 5.15, untested",
      "boot a kernel of 5.15 or newer"),
  NO_BTF(
      Area.KERNEL,
      State.MISSING,
      "BTF",
      "this kernel has no type information ({file})",
      "use a kernel built with CONFIG_DEBUG_INFO_BTF: 5.15 or newer of any distribution; in a"
          + " container, /sys must be mounted"),
  CAPABILITY_WITHHELD(
      Area.PERMISSIONS,
      State.MISSING,
      "{capability}",
      "not held, and outside the bounding set: not even root has it",
      "have the parent process grant it: systemd, CapabilityBoundingSet={capability}; in a"
          + " container, capabilities.add {its name without CAP_}"),
  CAPABILITY_NOT_HELD(
      Area.PERMISSIONS,
      State.MISSING,
      "{capability}",
      "not held",
      "run as root, or have it granted: systemd, AmbientCapabilities={capability}; in a container,"
          + " capabilities.add {its name without CAP_}"),
  EXCLUSIVE_PROGRAM(
      Area.CAPTURE,
      State.WARNING,
      "other sockops",
      "{programs}, exclusively: no other program can be attached",
      "have its owner attach it with BPF_F_ALLOW_MULTI, or stop it"),
  HOST_UNKNOWN(
      Area.COLLECTOR,
      State.FAILED,
      "address",
      "the host {host} cannot be resolved",
      "correct the name in {endpoint} or OTEL_EXPORTER_OTLP_ENDPOINT, or the resolver"),
  NOT_CONNECTED(
      Area.COLLECTOR,
      State.FAILED,
      "TCP",
      "{addresses and reasons}",
      "start the collector, or name its address with {endpoint} http://HOST:4317 or"
          + " OTEL_EXPORTER_OTLP_ENDPOINT"),
  HEADERS_IN_PLAIN_TEXT(
      Area.COLLECTOR,
      State.WARNING,
      "TLS",
      "plain text, by the endpoint's scheme, with headers",
      CollectorTarget.PLAIN_TEXT_REMEDY),
  CERTIFICATE_EXPIRES(
      Area.COLLECTOR,
      State.WARNING,
      "TLS",
      "{certificate}: expires soon",
      "renew the collector's certificate"),
  CERTIFICATE_EXPIRED(
      Area.COLLECTOR,
      State.FAILED,
      "TLS",
      "{certificate}: expired",
      "renew the collector's certificate"),
  CERTIFICATE_UNUSABLE(
      Area.COLLECTOR, State.FAILED, "TLS", "{reason}", "renew the collector's certificate"),
  CERTIFICATE_OF_ANOTHER(
      Area.COLLECTOR,
      State.FAILED,
      "TLS",
      "{certificate}: not for {host}",
      "use a host name of the certificate in the endpoint, or have {host} added to it"),
  CERTIFICATE_UNTRUSTED(
      Area.COLLECTOR,
      State.FAILED,
      "TLS",
      "{certificate}: not signed by a trusted authority",
      "name the PEM file of its authority in OTEL_EXPORTER_OTLP_CERTIFICATE"),
  HANDSHAKE_ENDED(
      Area.COLLECTOR,
      State.FAILED,
      "TLS",
      "the collector ended the handshake: {reason}",
      "if it requires a client certificate, name it and its key in"
          + " OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY"),
  NO_TLS(
      Area.COLLECTOR,
      State.FAILED,
      "TLS",
      "{the port does not speak TLS, or the reason}",
      "write http:// if this port is for plain text, or name the TLS port"),
  SIGNAL_NOT_ACCEPTED(
      Area.COLLECTOR,
      State.WARNING,
      "{signal}",
      "not accepted: they would be dropped",
      "give the collector a pipeline for {signal} with the otlp receiver"),
  NO_SIGNAL_ACCEPTED(
      Area.COLLECTOR,
      State.FAILED,
      "{signal}",
      "not accepted, nor is any other signal",
      "give the collector a pipeline for {signal} with the otlp receiver, or name its port"),
  UNAUTHENTICATED(
      "{UNAUTHENTICATED or PERMISSION_DENIED, and the reason}",
      "set the header that it requires: OTEL_EXPORTER_OTLP_HEADERS=NAME=VALUE"),
  PLAIN_PORT_FAILS(
      "{UNAVAILABLE, INTERNAL or UNKNOWN without TLS, and the reason}",
      "name the port for OTLP over gRPC, usually 4317; if it is a TLS port, write https://"),
  TLS_PORT_FAILS(
      "{UNAVAILABLE, INTERNAL or UNKNOWN, and the reason}",
      "name the port for OTLP over gRPC, usually 4317"),
  SLOW(
      "{DEADLINE_EXCEEDED, and the reason}",
      "find out what delays the collector: its log, its own exporters"),
  REFUSED("{another code, and the reason}", "read the collector's log");

  private static final Pattern PLACE = Pattern.compile("\\{[^}]*}");

  private final Area area;
  private final State state;
  private final String name;
  private final String found;
  private final String remedy;

  /** The collector's answer to a request of a signal. */
  Problem(String found, String remedy) {
    this(Area.COLLECTOR, State.FAILED, "{signal}", found, remedy);
  }

  Problem(Area area, State state, String name, String found, String remedy) {
    this.area = area;
    this.state = state;
    this.name = name;
    this.found = found;
    this.remedy = remedy;
  }

  /** With the texts in braces in place of what was found. */
  Finding pattern() {
    return new Finding(area, name, state, found, remedy);
  }

  /**
   * @param values for the texts in braces, in the order of their first places in name, text and
   *     remedy
   */
  Finding finding(String... values) {
    List<String> places =
        PLACE.matcher(name + found + remedy).results().map(MatchResult::group).distinct().toList();
    return new Finding(
        area,
        filled(name, places, values),
        state,
        filled(found, places, values),
        filled(remedy, places, values));
  }

  private static String filled(String text, List<String> places, String[] values) {
    return PLACE
        .matcher(text)
        .replaceAll(place -> Matcher.quoteReplacement(values[places.indexOf(place.group())]));
  }
}
