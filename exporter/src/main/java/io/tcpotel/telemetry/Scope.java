// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.semconv.SchemaUrls;

/** Under which names the telemetry is sent. */
public final class Scope {
  /** Instrumentation scope of everything about connections. */
  public static final String CONNECTIONS = "io.tcpotel.tcp";

  /** Of everything about this program. */
  public static final String SELF = "io.tcpotel.self";

  /** Of resource and scope; one version everywhere, since merging two drops both. */
  public static final String SCHEMA_URL = SchemaUrls.V1_45_0;

  private Scope() {}
}
