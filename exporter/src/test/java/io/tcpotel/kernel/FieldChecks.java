// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;

/** Holds each field of one record against what it has to be, and misses none. */
final class FieldChecks {
  private final SoftAssertions softly;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Set<String> unchecked;
  private final String about;

  /** What is wrong is collected in {@code softly}. */
  FieldChecks(SoftAssertions softly, String about, CapturedRecord record) {
    this.softly = softly;
    this.about = about;
    putAll(record);
    putAll((Record) values.remove("tuple"));
    values.remove("raw");
    unchecked = new TreeSet<>(values.keySet());
  }

  private void putAll(Record record) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      values.put(component.getName(), read(component, record));
    }
  }

  private static Object read(RecordComponent component, Record record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private Object take(String field) {
    if (!unchecked.remove(field)) {
      throw new IllegalArgumentException("no such field, or checked already: " + field);
    }
    return values.get(field);
  }

  FieldChecks is(String field, long expected) {
    softly.assertThat(take(field)).as("%s of %s", field, about).isEqualTo(expected);
    return this;
  }

  FieldChecks is(String field, boolean expected) {
    softly.assertThat(take(field)).as("%s of %s", field, about).isEqualTo(expected);
    return this;
  }

  FieldChecks is(String field, String expected) {
    softly.assertThat(take(field)).as("%s of %s", field, about).isEqualTo(expected);
    return this;
  }

  FieldChecks within(String field, long low, long high) {
    softly.assertThat((Long) take(field)).as("%s of %s", field, about).isBetween(low, high);
    return this;
  }

  FieldChecks zero(String... fields) {
    for (String field : fields) {
      is(field, 0);
    }
    return this;
  }

  /** Ends the checks of this record: a field that was forgotten is wrong as well. */
  void done() {
    softly.assertThat(unchecked).as("fields of %s that were not checked", about).isEmpty();
  }
}
