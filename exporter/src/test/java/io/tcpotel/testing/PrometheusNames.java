// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.telemetry.Instrument;
import io.tcpotel.telemetry.SelfInstrument;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names of metrics and labels as Prometheus makes them of OTLP's, with suffixes of unit and kind or
 * without.
 */
public final class PrometheusNames {
  private static final Map<String, String> SUFFIX_OF_UNIT = Map.of("By", "_bytes", "s", "_seconds");
  private static final List<String> OF_HISTOGRAM = List.of("", "_bucket", "_sum", "_count");

  /** Those that stand in a query, in its labels, and in the text of its matchers. */
  private static final Pattern NAME =
      Pattern.compile("\\b(?:tcpotel|otel|server|service|network|rpc|error)_[a-z_]+\\b");

  /** In a recording rule's own name stand colons. */
  private static final Pattern RECORDED_OR_TEXT = Pattern.compile("\\w+:\\w+:\\w+|\"[^\"]*\"");

  private PrometheusNames() {}

  /** The names of all metrics, those of a histogram's parts too. */
  public static Set<String> ofMetrics(boolean suffixes) {
    Set<String> names = new TreeSet<>();
    for (Instrument each : Instrument.values()) {
      names.addAll(ofMetric(each.key(), each.kind(), suffixes ? each.unit() : null));
    }
    for (SelfInstrument each : SelfInstrument.values()) {
      names.addAll(ofMetric(each.key(), each.kind(), suffixes ? each.unit() : null));
    }
    return names;
  }

  /** Without a unit, the name has no suffixes. */
  private static List<String> ofMetric(String key, Instrument.Kind kind, String unit) {
    String name = label(key);
    if (unit != null) {
      name += SUFFIX_OF_UNIT.getOrDefault(unit, "");
      name += kind == Instrument.Kind.COUNTER ? "_total" : "";
    }
    return kind == Instrument.Kind.HISTOGRAM
        ? OF_HISTOGRAM.stream().map(name::concat).toList()
        : List.of(name);
  }

  private static String label(String key) {
    return key.replace('.', '_');
  }

  /** The labels of all metrics. */
  public static Set<String> ofLabels() {
    return Stream.of(
            Registry.read().references().stream(),
            Arrays.stream(SelfInstrument.values()).flatMap(each -> each.attributes().stream()),
            Stream.of("otel.metric.overflow"))
        .flatMap(keys -> keys)
        .map(PrometheusNames::label)
        .collect(Collectors.toSet());
  }

  /** The names in a query that are neither a metric's nor a label's. */
  public static List<String> unknown(String query, boolean suffixes) {
    Set<String> metrics = ofMetrics(suffixes);
    Set<String> labels = ofLabels();
    return NAME.matcher(RECORDED_OR_TEXT.matcher(query).replaceAll(""))
        .results()
        .map(found -> found.group())
        .filter(name -> !metrics.contains(name) && !labels.contains(name))
        .toList();
  }
}
