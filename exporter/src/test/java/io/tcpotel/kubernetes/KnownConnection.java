// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** One end of a connection, as the traffic program told it. */
record KnownConnection(
    Place place,
    String role,
    String local,
    String peer,
    String outcome,
    long sent,
    long received,
    long endedNs) {
  /** Where the program runs, as its pod's manifest tells it. */
  record Place(String namespace, String pod, String container) {
    private static Place of(Path file) {
      String[] words = file.getFileName().toString().replace(".jsonl", "").split("_");
      return new Place(words[0], words[1], words[2]);
    }
  }

  /** Of all pods that had {@code folder} mounted. */
  static List<KnownConnection> read(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".jsonl"))
          .flatMap(file -> lines(file).map(line -> of(Place.of(file), line)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<JsonObject> lines(Path file) {
    try {
      String text = Files.readString(file);
      return text.substring(0, text.lastIndexOf('\n') + 1) // the last one may be half written
          .lines()
          .map(line -> JsonParser.parseString(line).getAsJsonObject());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KnownConnection of(Place place, JsonObject line) {
    return new KnownConnection(
        place,
        line.get("role").getAsString(),
        line.get("local").getAsString(),
        line.get("peer").getAsString(),
        line.get("outcome").getAsString(),
        line.get("sent").getAsLong(),
        line.get("received").getAsLong(),
        line.get("endedNs").getAsLong());
  }

  boolean isClient() {
    return role.equals("client");
  }

  String errorType() {
    return switch (outcome) {
      case "closed" -> "";
      case "refused" -> "connection_refused";
      case "reset by the peer" -> "connection_reset";
      case "reset here" -> "connection_aborted";
      default -> throw new AssertionError(outcome);
    };
  }

  /** The end of it that must arrive. */
  ConnectionEnd expected(PodIdentity of) {
    return new ConnectionEnd(
        role, local, peer, errorType(), !outcome.equals("refused"), sent, received, of);
  }
}
