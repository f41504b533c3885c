// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Against a plain map. */
class SeriesMapTest {
  @Property(tries = 200)
  void holdsWhatAPlainMapHolds(
      @ForAll @Size(min = 1, max = 600) List<@IntRange(max = 150) Integer> keys) {
    SeriesMap map = new SeriesMap();
    Map<Integer, ConnectionSeries> plain = new HashMap<>();
    for (int each : keys) {
      long[] key = {each, each % 3};
      assertThat(map.get(key, SeriesMap.hash(key))).isSameAs(plain.get(each));
      if (plain.containsKey(each)) {
        map.remove(plain.remove(each));
      } else {
        plain.put(
            each,
            new ConnectionSeries(null, key, shown -> null, 0, instrument -> null, role -> null));
        map.put(plain.get(each));
      }
      assertThat(map.size()).isEqualTo(plain.size());
    }
    Set<ConnectionSeries> visited = new HashSet<>();
    map.forEach(visited::add);
    assertThat(visited).isEqualTo(new HashSet<>(plain.values()));
  }
}
