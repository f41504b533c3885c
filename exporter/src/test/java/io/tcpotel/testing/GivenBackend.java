// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.net.URI;
import org.junit.jupiter.api.Assumptions;

/** A backend that is not built here: whoever has one gives its address. */
public enum GivenBackend {
  LOKI,
  TEMPO,
  GRAFANA;

  private String variable() {
    return "TCPOTEL_" + name();
  }

  public boolean isGiven() {
    return System.getenv(variable()) != null;
  }

  /** Its address; skips the calling test where none is given. */
  public URI address() {
    Assumptions.assumeTrue(isGiven(), () -> "missing: an address in " + variable());
    return URI.create(System.getenv(variable()));
  }
}
