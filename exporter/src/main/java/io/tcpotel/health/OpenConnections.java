// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.health;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The connections of a server: so many at most, each for so long at most. The oldest makes room for
 * a new one, so that clients that are slow keep no other out. For the server's thread.
 */
final class OpenConnections {
  private final int most;
  private final Duration longest;
  private final Set<Channel> open = new LinkedHashSet<>();

  OpenConnections(int most, Duration longest) {
    this.most = most;
    this.longest = longest;
  }

  void add(Channel connection) {
    if (open.size() >= most) {
      open.iterator().next().close();
    }
    open.add(connection);
    var limit =
        connection
            .eventLoop()
            .schedule(
                () -> {
                  connection.close();
                },
                longest.toMillis(),
                TimeUnit.MILLISECONDS);
    connection
        .closeFuture()
        .addListener(
            closed -> {
              open.remove(connection);
              limit.cancel(false);
            });
  }
}
