// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import java.util.List;

/** The components of an exporter of the SDK: {@code provider} alone. */
record OnlySender(GrpcSenderProvider provider) implements ComponentLoader {
  @Override
  public <T> Iterable<T> load(Class<T> type) {
    return type == GrpcSenderProvider.class ? List.of(type.cast(provider)) : List.of();
  }
}
