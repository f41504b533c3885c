// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;

/** The same request again and again through the exporter's sender: what gRPC takes for it. */
final class FloorSubject implements Subject {
  private static final int REQUEST_BYTES = 1 << 20;
  private static final int REQUESTS_PER_PASS = 100;

  private final LogSender sender;
  private final RecordBatch request;
  private long requests;

  public FloorSubject(String endpoint, Recording recording) {
    sender = new LogSender(endpoint);
    request = Ends.request(new RecordEnvelope(sender.resource()), recording, REQUEST_BYTES);
  }

  @Override
  public void pass() {
    for (int i = 0; i < REQUESTS_PER_PASS; i++) {
      sender.send(request);
      requests++;
    }
  }

  @Override
  public long handed() {
    return requests * request.records();
  }

  @Override
  public long arrived() {
    return sender.arrived();
  }

  @Override
  public void finish() {
    sender.await();
    if (arrived() != handed()) {
      throw new IllegalStateException(handed() - arrived() + " records have not arrived");
    }
  }

  @Override
  public void close() {
    sender.close();
  }
}
