// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.tcpotel.record.IpAddress;

/** Makes the attributes of a series from its key, when they are first shown. */
final class KeyAttributes {
  static final AttributeKey<String> LOCAL_ADDRESS = AttributeKey.stringKey("network.local.address");
  static final AttributeKey<String> PEER_ADDRESS = AttributeKey.stringKey("network.peer.address");

  private final MetricKeys keys;
  private final SeriesPeers peers;

  KeyAttributes(MetricKeys keys, SeriesPeers peers) {
    this.keys = keys;
    this.peers = peers;
  }

  SeriesAttributes of(long[] key, boolean isOverflow) {
    AttributesBuilder plain = Attributes.builder();
    plain.put(SeriesAttributes.ROLE, SeriesKey.role(key).value());
    if (SeriesKey.port(key) != 0) {
      plain.put(SeriesAttributes.SERVER_PORT, (long) SeriesKey.port(key));
    }
    if (SeriesKey.peer(key) != SeriesPeers.UNKNOWN) {
      peers.putInto(plain, SeriesKey.peer(key));
    }
    if (key.length > 1) {
      putAddresses(plain, key);
    }
    if (isOverflow) {
      plain.put(SeriesAttributes.OVERFLOW, true);
    }
    return new SeriesAttributes(plain.build());
  }

  private void putAddresses(AttributesBuilder to, long[] key) {
    if (keys.by() == MetricKeys.By.ADDRESS_PREFIX) {
      to.put(MetricAttribute.PEER_PREFIX.key(), keys.prefix().text(key[1], key[2]));
    } else {
      to.put(LOCAL_ADDRESS, IpAddress.text(key[1], key[2]));
      to.put(PEER_ADDRESS, IpAddress.text(key[3], key[4]));
    }
  }
}
