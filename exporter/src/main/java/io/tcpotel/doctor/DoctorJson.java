// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import com.google.gson.stream.JsonWriter;
import io.tcpotel.Release;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * The findings as one JSON object of a stable schema: {@code version}, {@code exit_code}, and
 * {@code findings}, each with {@code area} (java, kernel, permissions, cgroup, libbpf, capture,
 * collector), {@code name}, {@code state} (ok, warning, missing, failed, skipped), {@code found},
 * and {@code remedy}, a text or null. Later versions may add areas, names and fields.
 */
final class DoctorJson {
  private DoctorJson() {}

  static String of(Diagnosis diagnosis) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.setHtmlSafe(false);
      json.beginObject();
      json.name("version").value(Release.VERSION);
      json.name("exit_code").value(diagnosis.exitCode());
      json.name("findings").beginArray();
      for (Finding finding : diagnosis.findings()) {
        write(json, finding);
      }
      json.endArray().endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter throws none
    }
    return text.append('\n').toString();
  }

  private static void write(JsonWriter json, Finding finding) throws IOException {
    json.beginObject();
    json.name("area").value(finding.area().name().toLowerCase(Locale.ROOT));
    json.name("name").value(finding.name());
    json.name("state").value(finding.state().name().toLowerCase(Locale.ROOT));
    json.name("found").value(finding.found());
    json.name("remedy").value(finding.remedy());
    json.endObject();
  }
}
