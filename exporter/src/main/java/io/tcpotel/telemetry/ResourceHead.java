// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;

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

  /** Without its records. */
  void write(CodedOutputStream out, int recordBytes) throws IOException {
    out.write(RESOURCE_LOGS);
    out.writeUInt32NoTag(resourceLogsBytes(recordBytes));
    out.write(resource, 0, resource.length);
    out.write(SCOPE_LOGS);
    out.writeUInt32NoTag(scopeLogsBytes(recordBytes));
    out.write(scope, 0, scope.length);
  }
}
