// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The Collector with files of {@code otel-config/collector/config}, on ports of its own. */
public final class ComposedCollector {
  /** Where they are. */
  public static final Path FOLDER = Path.of("../otel-config/collector/config");

  private final String address = "127.0.0.1:" + FreePort.find();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<String> files;

  /** With {@code receive.yaml}, and these behind it. */
  public ComposedCollector(String... files) {
    this.files =
        Stream.concat(Stream.of("receive.yaml"), Stream.of(files))
            .map(file -> FOLDER.resolve(file).toString())
            .toList();
    environment.put("COLLECTOR_LISTEN", address);
    environment.put("COLLECTOR_HEALTH", "127.0.0.1:" + FreePort.find());
  }

  /** Sets a variable of one of them. */
  public ComposedCollector with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** HOST:PORT where it takes OTLP/gRPC. */
  public String address() {
    return address;
  }

  public RealCollector start() {
    return RealCollector.start(environment, files);
  }

  public Program validate() {
    return RealCollector.validate(environment, files);
  }
}
