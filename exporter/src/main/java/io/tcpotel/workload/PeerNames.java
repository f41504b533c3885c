// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import io.tcpotel.bpf.AddressPrefix;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.workload.NamesFile.Line;
import io.tcpotel.workload.NamesFile.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The names that a names file gives to peers: those of the longest prefix that a peer's address is
 * in. Two names for one prefix are none. {@link #of} is hot; any thread may call it. One thread
 * reads the file.
 */
public final class PeerNames {
  /** Of all versions of the file together, since a number stands for its name for ever. */
  static final int MAX_NAMES = 1 << 16;

  private static final int SHOWN = 10;

  private final Path path;
  private final Map<Line, PeerName> byName = new HashMap<>();
  private volatile PrefixTable<PeerName> table = PrefixTable.of(Map.of());

  /** The file has changed if this has: the last change, the size, the file itself. */
  private List<Object> version = List.of();

  private String ambiguous = "";

  private PeerNames(Path path) {
    this.path = path;
  }

  /** Without a names file. */
  public static PeerNames none() {
    return new PeerNames(null);
  }

  /** Reads the file; throws a {@link Failure} if it cannot be used. */
  public static PeerNames of(Path path) {
    PeerNames names = new PeerNames(path);
    try {
      names.readIfChanged();
    } catch (Unusable e) {
      throw Failure.usage(
          Setting.NAMES, e.getMessage(), "name a file of lines like '10.20.0.0/16 payments prod'");
    }
    return names;
  }

  /** Hot. The name of the peer; null if there is none, or if its address was masked before. */
  public PeerName of(ConnectionRecord connection) {
    return connection.isPeerKnown()
        ? table.get(connection.knownPeer(0), connection.knownPeer(1))
        : null;
  }

  /** Null without a names file. */
  Path path() {
    return path;
  }

  /** The lines that give one prefix two names; empty if there are none. */
  String ambiguous() {
    return ambiguous;
  }

  /** Whether it had changed. If it cannot be used, the names stay as they are. */
  boolean readIfChanged() throws Unusable {
    List<Object> now;
    NamesFile file;
    try {
      now = versionNow();
      if (now.equals(version)) {
        return false;
      }
      file = NamesFile.read(path);
    } catch (IOException e) {
      throw new Unusable(path + " cannot be read: " + e);
    }
    version = now;
    take(file);
    return true;
  }

  private List<Object> versionNow() throws IOException {
    BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
    Object key = file.fileKey();
    return List.of(file.lastModifiedTime(), file.size(), key == null ? path : key);
  }

  private void take(NamesFile file) throws Unusable {
    Map<AddressPrefix, PeerName> names = new HashMap<>();
    for (Map.Entry<AddressPrefix, Line> each : file.lines().entrySet()) {
      names.put(each.getKey(), name(each.getValue()));
    }
    file.ambiguous().values().forEach(prefix -> names.put(prefix, null));
    table = PrefixTable.of(names);
    ambiguous = file.ambiguous().isEmpty() ? "" : "lines " + pairs(file);
  }

  private PeerName name(Line line) throws Unusable {
    Line name = new Line(0, line.name(), line.namespace());
    PeerName known = byName.get(name);
    if (known == null) {
      if (byName.size() == MAX_NAMES) {
        throw new Unusable(
            path + " has, with its earlier versions, more than " + MAX_NAMES + " names");
      }
      known = new PeerName(byName.size() + 1, line.name(), line.namespace());
      byName.put(name, known);
    }
    return known;
  }

  private static String pairs(NamesFile file) {
    String shown =
        file.ambiguous().entrySet().stream()
            .limit(SHOWN)
            .map(each -> file.lines().get(each.getValue()).number() + " and " + each.getKey())
            .collect(Collectors.joining(", "));
    int more = file.ambiguous().size() - SHOWN;
    return more > 0 ? shown + ", and " + more + " more pairs" : shown;
  }
}
