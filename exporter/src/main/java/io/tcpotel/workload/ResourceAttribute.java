// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.opentelemetry.api.common.AttributeKey;

/** The attributes of a workload's resource that the semantic conventions lack. */
public enum ResourceAttribute {
  UNIT("tcpotel.systemd.unit", "The systemd unit of the processes."),
  SLICE("tcpotel.systemd.slice", "The systemd slice of the unit or container.");

  private final AttributeKey<String> key;
  private final String description;

  ResourceAttribute(String key, String description) {
    this.key = AttributeKey.stringKey(key);
    this.description = description;
  }

  public AttributeKey<String> key() {
    return key;
  }

  public String description() {
    return description;
  }
}
