// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorSender.Outcome;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The way to a collector, without one: requests wait until the test answers them. */
public final class ScriptedTransport {
  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private final List<String> calls = new ArrayList<>();

  private Throwable failure;

  private record Sent(List<LogRecord> records, Consumer<Outcome> onEnd) {}

  /** A delivery that sends to this collector. */
  public RecordDelivery delivery(RecordDelivery.Bounds bounds, Messages messages, Runnable onRoom) {
    RecordEnvelope envelope = new RecordEnvelope(Resource.empty());
    return new RecordDelivery(
        WorkloadTable.ofAgent(),
        envelope,
        new LogEncoder(WorkloadTable.ofAgent()),
        transport(),
        bounds,
        messages,
        onRoom);
  }

  private RecordTransport transport() {
    return new RecordTransport(
        this::deliver,
        () -> calls.add("retryNow"),
        () -> calls.add("giveUp"),
        () -> calls.add("cancelAll"));
  }

  /** Throws it at each request from now on; null ends that. */
  void failWith(Throwable failure) {
    this.failure = failure;
  }

  private void deliver(RecordBatch batch, Consumer<Outcome> onEnd) {
    if (failure instanceof Error e) {
      throw e;
    } else if (failure instanceof RuntimeException e) {
      throw e;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      batch.writeMessage(bytes);
      List<LogRecord> records = new ArrayList<>();
      ExportLogsServiceRequest.parseFrom(bytes.toByteArray())
          .getResourceLogsList()
          .forEach(
              resource ->
                  resource
                      .getScopeLogsList()
                      .forEach(scope -> records.addAll(scope.getLogRecordsList())));
      sent.add(new Sent(records, onEnd));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@link RecordFlush} asked for besides requests, each once. */
  List<String> calls() {
    return calls.stream().distinct().toList();
  }

  /** Number of requests so far. */
  public int requests() {
    return sent.size();
  }

  /** The connections in a request, from 0 on in the order of sending. */
  List<String> ids(int request) {
    return ExportToCollector.connectionIds(records(request));
  }

  public List<LogRecord> records(int request) {
    return sent.get(request).records();
  }

  void answer(int request, Status.Code code) {
    end(request, new Outcome(code.toStatus(), new byte[0], false));
  }

  void answerTooLarge(int request) {
    end(request, new Outcome(Status.OUT_OF_RANGE, new byte[0], true));
  }

  void answerRejecting(int request, long records) {
    ExportLogsServiceResponse.Builder response = ExportLogsServiceResponse.newBuilder();
    response.getPartialSuccessBuilder().setRejectedLogRecords(records);
    end(request, new Outcome(Status.OK, response.build().toByteArray(), false));
  }

  private void end(int request, Outcome outcome) {
    sent.get(request).onEnd().accept(outcome);
  }
}
