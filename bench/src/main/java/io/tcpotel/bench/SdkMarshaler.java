// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Log records through the SDK's exporter into memory that is used again, as its gRPC senders have
 * them written.
 */
final class SdkMarshaler implements LogRecordProcessor {
  private final List<LogRecordData> records = new ArrayList<>();
  private final Buffer buffer = new Buffer();
  private final OtlpGrpcLogRecordExporter exporter =
      OtlpGrpcLogRecordExporter.builder()
          .setComponentLoader(new OnlySender(config -> buffer))
          .build();

  /** What the SDK's batch processor does with a record. */
  @Override
  public void onEmit(Context context, ReadWriteLogRecord record) {
    records.add(record.toLogRecordData());
  }

  /** Writes the records so far as a request; returns its bytes. */
  int marshal() {
    exporter.export(records);
    return buffer.length;
  }

  void clear() {
    records.clear();
  }

  private static final class Buffer extends OutputStream implements GrpcSender {
    private final byte[] bytes = new byte[8 << 20];
    private int length;

    @Override
    public void send(
        MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
      length = 0;
      try {
        message.writeMessage(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      onResponse.accept(new Response(GrpcStatusCode.OK, "", new byte[0]));
    }

    @Override
    public void write(int value) {
      bytes[length++] = (byte) value;
    }

    @Override
    public void write(byte[] from, int offset, int count) {
      System.arraycopy(from, offset, bytes, length, count);
      length += count;
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
