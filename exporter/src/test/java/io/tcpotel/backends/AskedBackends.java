// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.HttpGet;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The addresses of backends, and the questions that they are asked over HTTP. */
final class AskedBackends {
  private static final String LIMIT = "1000";
  private static final long NS_PER_S = 1_000_000_000L;

  private final Map<Backend, URI> addresses;
  private final Instant since;
  private final double atSeconds;

  /**
   * A backend that is not among the keys is not there.
   *
   * @param since when the traffic began
   * @param atSeconds as of when they are asked
   */
  AskedBackends(Map<Backend, URI> addresses, Instant since, double atSeconds) {
    this.addresses = Map.copyOf(addresses);
    this.since = since;
    this.atSeconds = atSeconds;
  }

  boolean has(Backend backend) {
    return addresses.containsKey(backend);
  }

  /** The rows that a query brings now, in the order of its columns. */
  List<List<String>> ask(Query query, Map<String, String> given) {
    String url = addresses.get(query.backend()) + path(query.backend(), query.with(given));
    return Answer.columns(Answer.rows(query.backend(), HttpGet.ok(url)), query.columns());
  }

  private String path(Backend backend, String text) {
    if (text.startsWith("/")) {
      return encoded(text);
    }
    String query = HttpGet.encode(text);
    return switch (backend) {
      case VICTORIALOGS ->
          "/select/logsql/query?limit="
              + LIMIT
              + "&start="
              + since
              + "&end="
              + at()
              + "&query="
              + query;
      case PROMETHEUS -> "/api/v1/query?query=" + query + "&time=" + at();
      case LOKI -> lokiPath(text, query);
      case TEMPO -> "/api/search?limit=" + LIMIT + "&spss=100&q=" + query + tempoTimes();
      case JAEGER -> throw new IllegalArgumentException("Jaeger has no language: " + text);
    };
  }

  /** A query of lines begins with its selector and has a range; one of numbers has an instant. */
  private String lokiPath(String text, String query) {
    return text.startsWith("{")
        ? "/loki/api/v1/query_range?limit="
            + LIMIT
            + "&start="
            + nanoseconds(since.getEpochSecond())
            + "&end="
            + nanoseconds(atSeconds)
            + "&query="
            + query
        : "/loki/api/v1/query?time=" + nanoseconds(atSeconds) + "&query=" + query;
  }

  private String at() {
    return String.format(Locale.ROOT, "%.3f", atSeconds);
  }

  private static long nanoseconds(double seconds) {
    return Math.round(seconds * NS_PER_S);
  }

  private String tempoTimes() {
    return "&start=" + since.getEpochSecond() + "&end=" + (long) Math.ceil(atSeconds);
  }

  /** A path whose values are not encoded yet. */
  private static String encoded(String path) {
    int mark = path.indexOf('?');
    if (mark < 0) {
      return path;
    }
    return Arrays.stream(path.substring(mark + 1).split("&"))
        .map(pair -> pair.split("=", 2))
        .map(pair -> pair[0] + "=" + HttpGet.encode(pair[1]))
        .collect(Collectors.joining("&", path.substring(0, mark) + "?", ""));
  }
}
