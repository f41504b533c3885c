// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributesBuilder;
import io.tcpotel.workload.ByWorkload;
import io.tcpotel.workload.PeerName;
import io.tcpotel.workload.Workload;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Names of peers that series tell apart. Equal names have one number, whether the names file gives
 * them or a workload of this host, since their attributes are the same. Hot: {@link #of}, which
 * allocates once per name and workload. The reader's thread uses it; {@link #putInto} any.
 */
final class SeriesPeers {
  /** The number of a peer without a name. */
  static final int UNKNOWN = 0;

  static final AttributeKey<String> NAME =
      AttributeKey.stringKey(LogAttribute.SERVICE_PEER_NAME.key());
  static final AttributeKey<String> NAMESPACE =
      AttributeKey.stringKey(LogAttribute.SERVICE_PEER_NAMESPACE.key());

  /** Far more than there can be series. */
  private static final int LIMIT = 1 << 16;

  private final Map<Text, Integer> numbers = new HashMap<>();
  private final BitSet taken = new BitSet();

  /** By number. */
  private Text[] texts = new Text[8];

  /** By the number of the name in the names file; 0 if it was not looked for. */
  private int[] ofNames = new int[8];

  private ByWorkload<Integer> ofWorkloads = new ByWorkload<>();

  private record Text(String name, String namespace) {}

  /**
   * The number of a peer. A name of the names file comes before that of the workload, as in log
   * records.
   *
   * @param name null if the names file has none
   * @param workload null if it is unknown
   */
  int of(PeerName name, Workload workload) {
    if (name != null) {
      int known = name.number() < ofNames.length ? ofNames[name.number()] : UNKNOWN;
      return known == UNKNOWN ? add(name) : known;
    }
    if (workload == null) {
      return UNKNOWN;
    }
    Integer known = ofWorkloads.get(workload);
    return known == null ? add(workload) : known;
  }

  private int add(PeerName name) {
    if (name.number() >= ofNames.length) {
      ofNames = Arrays.copyOf(ofNames, 2 * name.number());
    }
    ofNames[name.number()] = number(new Text(name.name(), name.namespace()));
    return ofNames[name.number()];
  }

  private int add(Workload workload) {
    String name = workload.serviceName();
    Integer number =
        name == null || name.getBytes(StandardCharsets.UTF_8).length > PeerName.MAX_BYTES
            ? UNKNOWN
            : number(new Text(name, ""));
    ofWorkloads.put(workload, number);
    return number;
  }

  private synchronized int number(Text text) {
    Integer known = numbers.get(text);
    if (known != null || numbers.size() == LIMIT) {
      return known == null ? UNKNOWN : known;
    }
    int number = taken.nextClearBit(UNKNOWN + 1);
    if (number == texts.length) {
      texts = Arrays.copyOf(texts, 2 * number);
    }
    taken.set(number);
    texts[number] = text;
    numbers.put(text, number);
    return number;
  }

  /**
   * Forgets those that no series has.
   *
   * @param used the numbers in the keys of all series
   */
  synchronized void retain(BitSet used) {
    if (numbers.values().removeIf(number -> !used.get(number))) {
      taken.and(used);
      Arrays.fill(ofNames, UNKNOWN);
      ofWorkloads = new ByWorkload<>();
    }
  }

  synchronized void putInto(AttributesBuilder attributes, int number) {
    Text text = texts[number];
    attributes.put(NAME, text.name);
    if (!text.namespace.isEmpty()) {
      attributes.put(NAMESPACE, text.namespace);
    }
  }
}
