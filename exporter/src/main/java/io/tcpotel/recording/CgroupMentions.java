// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.proto.v1.Connection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongFunction;

/** Adds the path of a cgroup to the first record of a recording that mentions its id. */
public final class CgroupMentions {
  /** Of ids, some 50 bytes each: after so many, paths are told again. */
  static final int LIMIT = 8192;

  private final LongFunction<String> pathOf;
  private final Set<Long> told = new HashSet<>();

  /**
   * @param pathOf a cgroup's id to its path, null if that is unknown
   */
  public CgroupMentions(LongFunction<String> pathOf) {
    this.pathOf = pathOf;
  }

  public Connection addTo(Connection connection) {
    String path = untold(connection.getCgroupId());
    String closerPath = untold(connection.getCloserCgroupId());
    if (path == null && closerPath == null) {
      return connection;
    }
    Connection.Builder with = connection.toBuilder();
    if (path != null) {
      with.setCgroupPath(path);
    }
    if (closerPath != null) {
      with.setCloserCgroupPath(closerPath);
    }
    return with.build();
  }

  /** Null if it was told, or is not known: it may be known later. */
  private String untold(long id) {
    if (id == 0 || told.contains(id)) {
      return null;
    }
    String path = pathOf.apply(id);
    if (path != null) {
      if (told.size() == LIMIT) {
        told.clear();
      }
      told.add(id);
    }
    return path;
  }
}
