// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * OTLP/JSON of a message, on one line. It differs from protobuf's JSON in that enums are numbers
 * and the ids of traces and spans are in hex.
 */
final class OtlpJson {
  private static final Set<String> IDS = Set.of("traceId", "spanId", "parentSpanId");
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace().printingEnumsAsInts();
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private OtlpJson() {}

  static String of(MessageOrBuilder message) {
    try {
      JsonElement tree = JsonParser.parseString(PRINTER.print(message));
      writeIdsInHex(tree);
      return GSON.toJson(tree);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  // Attribute names are values in OTLP ("key":"traceId"): a member of this name is always an id.
  private static void writeIdsInHex(JsonElement element) {
    if (element.isJsonArray()) {
      element.getAsJsonArray().forEach(OtlpJson::writeIdsInHex);
    } else if (element.isJsonObject()) {
      JsonObject object = element.getAsJsonObject();
      for (Map.Entry<String, JsonElement> member : object.entrySet()) {
        if (IDS.contains(member.getKey())) {
          byte[] id = Base64.getDecoder().decode(member.getValue().getAsString());
          member.setValue(new JsonPrimitive(HexFormat.of().formatHex(id)));
        } else {
          writeIdsInHex(member.getValue());
        }
      }
    }
  }
}
