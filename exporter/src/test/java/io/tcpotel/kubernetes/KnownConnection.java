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
    long beganNs,
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
    return files(folder).stream()
        .flatMap(file -> lines(file).map(line -> of(Place.of(file), line)))
        .toList();
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jsonl")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many there are. */
  static long count(Path folder) {
    return files(folder).stream().mapToLong(file -> lines(file).count()).sum();
  }

  private static Stream<String> lines(Path file) {
    try {
      String text = Files.readString(file);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines(); // the last may be half written
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KnownConnection of(Place place, String text) {
    JsonObject line = JsonParser.parseString(text).getAsJsonObject();
    return new KnownConnection(
        place,
        line.get("role").getAsString(),
        line.get("local").getAsString(),
        line.get("peer").getAsString(),
        line.get("outcome").getAsString(),
        line.get("sent").getAsLong(),
        line.get("received").getAsLong(),
        line.get("beganNs").getAsLong(),
        line.get("endedNs").getAsLong());
  }

  boolean isClient() {
    return role.equals("client");
  }

  /** Tells one end of a connection from all others, as {@link ConnectionEnd#ends} does. */
  String ends() {
    return role + " " + local + " " + peer;
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
