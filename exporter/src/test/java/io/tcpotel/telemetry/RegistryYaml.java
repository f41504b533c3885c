// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ClosedBy;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.record.TimeoutCause;
import io.tcpotel.workload.ResourceAttribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The tables of the code as a registry in the YAML of OpenTelemetry's semantic conventions. */
final class RegistryYaml {
  static final String OWN = "tcpotel.";

  private static final String HEAD =
      "# SPDX-License-Identifier: Apache-2.0\n"
          + "# Written by RegistryTest from the tables in the code: do not edit.\n";

  /** The attributes of type string that have a closed set of values. */
  private static final Map<String, List<String>> MEMBERS =
      Map.of(
          LogAttribute.CONNECTION_ROLE.key(),
          Arrays.stream(ConnectionRole.values()).map(ConnectionRole::value).toList(),
          LogAttribute.CONNECTION_CLOSE_BY.key(),
          Arrays.stream(ClosedBy.values()).map(ClosedBy::value).toList(),
          LogAttribute.LIMITED_BY.key(),
          Arrays.stream(LimitedBy.values()).map(LimitedBy::value).toList(),
          LogAttribute.TIMEOUT_CAUSE.key(),
          Arrays.stream(TimeoutCause.values()).map(TimeoutCause::value).toList());

  private final StringBuilder yaml = new StringBuilder(HEAD);

  private RegistryYaml() {}

  /** The attributes whose names begin with {@link #OWN}; the conventions define the others. */
  static String attributes() {
    RegistryYaml to = new RegistryYaml();
    to.line(0, "groups:");
    to.group("registry.tcpotel", "attribute_group", "Attributes of TCP connections, by tcpotel.");
    to.line(4, "attributes:");
    for (LogAttribute row : LogAttribute.values()) {
      if (row.key().startsWith(OWN)) {
        List<String> members = MEMBERS.getOrDefault(row.key(), List.of());
        to.attribute(
            row.key(), row.type().split(",")[0], members, AttributeMeanings.of(row).description());
      }
    }
    for (MetricAttribute row : MetricAttribute.values()) {
      to.attribute(row.key().getKey(), "string", row.members(), row.description());
    }
    for (ResourceAttribute row : ResourceAttribute.values()) {
      to.attribute(row.key().getKey(), "string", List.of(), row.description());
    }
    return to.yaml.toString();
  }

  static String metrics() {
    RegistryYaml to = new RegistryYaml();
    to.line(0, "groups:");
    for (Instrument row : Instrument.values()) {
      List<String> attributes = new ArrayList<>(row.attributes());
      attributes.addAll(row.addressAttributes());
      to.metric(row.key(), row.kind(), row.unit(), row.description(), attributes);
    }
    for (SelfInstrument row : SelfInstrument.values()) {
      if (row.key().startsWith(OWN)) {
        to.metric(row.key(), row.kind(), row.unit(), row.description(), row.attributes());
      }
    }
    to.line(0, "imports:");
    to.line(2, "metrics:");
    Stream.of(SelfInstrument.values())
        .map(SelfInstrument::key)
        .filter(key -> !key.startsWith(OWN))
        .forEach(key -> to.line(4, "- " + key));
    return to.yaml.toString();
  }

  /**
   * @param sent the attributes of each event, by the encoder
   */
  static String events(Map<LogEvent, ? extends Collection<String>> sent) {
    RegistryYaml to = new RegistryYaml();
    to.line(0, "groups:");
    sent.forEach(
        (event, keys) -> {
          to.group("event." + event.key(), "event", event.description());
          to.line(4, "name: " + event.key());
          to.references(keys);
        });
    return to.yaml.toString();
  }

  /** Spans have the attributes of ends, all but a few, and two more. */
  static String spans(Collection<String> ofEnds) {
    RegistryYaml to = new RegistryYaml();
    to.line(0, "groups:");
    for (String kind : List.of("client", "server", "internal")) {
      to.group(
          "span.tcpotel.connection." + kind,
          "span",
          "A TCP connection that is over, or a connect that failed; internal if the role is unknown.");
      to.line(4, "span_kind: " + kind);
      to.references(
          Stream.concat(
                  SpanEncoder.selected(EnumSet.allOf(LogAttribute.class)).stream()
                      .map(LogAttribute::key)
                      .filter(ofEnds::contains),
                  Stream.of("peer.service", "server.address"))
              .toList());
    }
    return to.yaml.toString();
  }

  private void metric(
      String key, Instrument.Kind kind, String unit, String description, List<String> attributes) {
    group("metric." + key, "metric", description);
    line(4, "metric_name: " + key);
    line(4, "instrument: " + kind.name().toLowerCase(Locale.ROOT).replace("_", ""));
    line(4, "unit: " + quoted(unit));
    references(attributes);
  }

  void group(String id, String type, String brief) {
    line(2, "- id: " + id);
    line(4, "type: " + type);
    line(4, "stability: development");
    line(4, "brief: " + quoted(brief));
  }

  void references(Collection<String> keys) {
    if (!keys.isEmpty()) {
      line(4, "attributes:");
      keys.forEach(key -> line(6, "- ref: " + key));
    }
  }

  private void attribute(String key, String type, List<String> members, String description) {
    line(6, "- id: " + key);
    if (members.isEmpty()) {
      line(8, "type: " + type);
    } else {
      line(8, "type:");
      line(10, "members:");
      for (String member : members) {
        line(12, "- id: " + member.replaceAll("\\W", "_"));
        line(14, "value: " + member);
        line(14, "stability: development");
      }
    }
    line(8, "stability: development");
    line(8, "brief: " + quoted(description));
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private void line(int indent, String text) {
    yaml.append(" ".repeat(indent)).append(text).append('\n');
  }
}
