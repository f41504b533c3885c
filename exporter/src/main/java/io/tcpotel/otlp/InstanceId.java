// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Makes {@code service.instance.id} of workloads: UUIDs of version 5 (RFC 9562, 5.5) whose
 * namespace is that of one agent. A workload has the same one after a restart of the agent, and
 * another from another agent.
 */
final class InstanceId {
  /** Of the agents' own ids; a random one, chosen once. */
  private static final UUID AGENTS = UUID.fromString("6d1f0c3e-52a7-4b8e-9c55-1e7a90f3b2d4");

  private final UUID namespace;

  /**
   * @param agent the agent's own {@code service.instance.id}
   */
  InstanceId(String agent) {
    namespace = version5(AGENTS, agent);
  }

  String of(String identity) {
    return version5(namespace, identity).toString();
  }

  static UUID version5(UUID namespace, String name) {
    MessageDigest sha1 = sha1();
    sha1.update(
        ByteBuffer.allocate(2 * Long.BYTES)
            .putLong(namespace.getMostSignificantBits())
            .putLong(namespace.getLeastSignificantBits())
            .flip());
    ByteBuffer hash = ByteBuffer.wrap(sha1.digest(name.getBytes(StandardCharsets.UTF_8)));
    long version = 5L << 12;
    long variant = 1L << 63;
    return new UUID(hash.getLong() & ~0xf000L | version, hash.getLong() << 2 >>> 2 | variant);
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
