// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.telemetry.MetricKeys;
import java.util.LinkedHashSet;
import java.util.Set;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A {@link PortList} as an option's value. */
public final class PortListConverter implements ITypeConverter<PortList> {
  private static final int HIGHEST_PORT = 65535;

  @Override
  public PortList convert(String text) {
    Set<Integer> ports = new LinkedHashSet<>();
    for (String each : text.split(",", -1)) {
      ports.add(port(each));
    }
    if (ports.size() > MetricKeys.MAX_SERVER_PORTS) {
      throw new TypeConversionException(
          ports.size() + " ports are more than the " + MetricKeys.MAX_SERVER_PORTS + " places");
    }
    return new PortList(ports);
  }

  private static int port(String text) {
    int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    if (port == 0 || port > HIGHEST_PORT) {
      throw new TypeConversionException("'" + text + "' is no port from 1 to 65535");
    }
    return port;
  }
}
