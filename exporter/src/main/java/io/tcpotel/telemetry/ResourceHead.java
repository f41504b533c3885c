// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The part of a request in front of the records of one resource, as bytes. They are encoded once;
 * what changes from request to request are two lengths.
 *
 * <pre>
 * ExportLogsServiceRequest.resource_logs { resource, schema_url, scope_logs { scope, schema_url, log_records... } }
 * </pre>
 */
public final class ResourceHead {
  private static final byte RESOURCE_LOGS = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte SCOPE_LOGS = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final int MAX_LENGTH_BYTES = 5;

  static final int SCRATCH_BYTES = 1 + MAX_LENGTH_BYTES;

  private final byte[] resource;
  private final byte[] scope;

  /** Its place in the batch that is being filled; the reader's thread alone uses it. */
  int group;

  ResourceHead(byte[] resource, byte[] scope) {
    this.resource = resource;
    this.scope = scope;
  }

  /** As many as it can have, however many records follow. */
  int mostBytes() {
    return resource.length + scope.length + 2 * (1 + MAX_LENGTH_BYTES);
  }

  private int scopeLogsBytes(int recordBytes) {
    return scope.length + recordBytes;
  }

  private int resourceLogsBytes(int recordBytes) {
    int scopeLogsBytes = scopeLogsBytes(recordBytes);
    return resource.length + 1 + WireWriter.varintBytes(scopeLogsBytes) + scopeLogsBytes;
  }

  /** With its records. */
  int bytes(int recordBytes) {
    int resourceLogsBytes = resourceLogsBytes(recordBytes);
    return 1 + WireWriter.varintBytes(resourceLogsBytes) + resourceLogsBytes;
  }

  /**
   * Without its records.
   *
   * @param scratch memory of {@link #SCRATCH_BYTES}
   */
  void write(OutputStream out, int recordBytes, WireWriter scratch) throws IOException {
    writeKey(out, RESOURCE_LOGS, resourceLogsBytes(recordBytes), scratch);
    out.write(resource);
    writeKey(out, SCOPE_LOGS, scopeLogsBytes(recordBytes), scratch);
    out.write(scope);
  }

  private static void writeKey(OutputStream out, byte key, int length, WireWriter scratch)
      throws IOException {
    scratch.at = 0;
    scratch.raw(key);
    scratch.varint(length);
    out.write(scratch.bytes, 0, scratch.at);
  }
}
