// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.tcpotel.Release;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The findings as one JSON object of a stable schema: {@code version}, {@code exit_code}, and
 * {@code findings}, each with {@code area} (java, kernel, permissions, cgroup, libbpf, capture,
 * collector), {@code name}, {@code state} (ok, warning, missing, failed, skipped), {@code found},
 * and {@code remedy}, a text or null. Later versions may add areas, names and fields.
 */
final class DoctorJson {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  private DoctorJson() {}

  static String of(Diagnosis diagnosis) {
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("version", Release.VERSION);
    page.put("exit_code", diagnosis.exitCode());
    page.put("findings", diagnosis.findings().stream().map(DoctorJson::of).toList());
    return GSON.toJson(page) + "\n";
  }

  private static Map<String, String> of(Finding finding) {
    Map<String, String> members = new LinkedHashMap<>();
    members.put("area", finding.area().name().toLowerCase(Locale.ROOT));
    members.put("name", finding.name());
    members.put("state", finding.state().name().toLowerCase(Locale.ROOT));
    members.put("found", finding.found());
    members.put("remedy", finding.remedy());
    return members;
  }
}
