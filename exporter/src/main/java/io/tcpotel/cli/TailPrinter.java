// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.tcpotel.ForeignText;
import io.tcpotel.pipeline.CaptureHandler;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.KernelClock;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.recording.ConnectionMessage;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.telemetry.BodyText;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.LogOwner;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Writes each end of a connection as a line. */
final class TailPrinter implements CaptureHandler {
  private static final int PIECE_CHARACTERS = 1 << 16;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace().alwaysPrintFieldsWithNoPresence();

  private static final int SHOWN_ID_CHARACTERS = 12;

  private final KernelClock clock = new KernelClock();
  private final ConnectionRecord connection = new ConnectionRecord();
  private final BodyText text = new BodyText();
  private final StringBuilder lines = new StringBuilder();
  private final WorkloadTable workloads;
  private final LineOutput out;
  private final boolean json;

  /**
   * @param workloads to which the connections belong
   */
  TailPrinter(WorkloadTable workloads, LineOutput out, boolean json) {
    this.workloads = workloads;
    this.out = out;
    this.json = json;
  }

  @Override
  public void beforeDrain() {
    workloads.tick(clock.refresh());
  }

  @Override
  public void onRecord(MemorySegment data, long offset, int length) {
    if (!connection.copyFrom(data, offset).check(length).isReadable()) {
      return; // impossible: the object comes with this program
    }
    long timeNs = clock.toEpochNs(connection.closeNs());
    lines.append(json ? json(timeNs) : line(timeNs)).append('\n');
    if (lines.length() >= PIECE_CHARACTERS) {
      write();
    }
  }

  private void write() {
    out.tryWrite(lines.toString());
    lines.setLength(0);
  }

  private String json(long timeNs) {
    try {
      return ForeignText.escaped(JSON.print(ConnectionMessage.of(connection, timeNs)));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // only for Any, which the message does not have
    }
  }

  private String line(long timeNs) {
    text.write(
        connection,
        LogEvent.END,
        ConnectionRole.of(connection),
        ErrorType.of(connection),
        LimitedBy.of(connection));
    String time = TIME.format(Instant.ofEpochSecond(0, timeNs));
    String owner = process("  ", connection.command(), connection.pid());
    boolean another = connection.closerPid() != connection.pid();
    String closer =
        another ? process("  closed by ", connection.closerCommand(), connection.closerPid()) : "";
    return time + " " + text + owner + closer + workload();
  }

  /** The container's id as far as its runtime shows it, else the service; empty for neither. */
  private String workload() {
    Workload workload = LogOwner.of(connection, workloads);
    String container = workload.containerId();
    String service = workload.serviceName();
    if (container == null && service == null) {
      return "";
    }
    String shown =
        container == null
            ? service
            : container.substring(0, Math.min(container.length(), SHOWN_ID_CHARACTERS));
    return "  in " + ForeignText.escaped(shown);
  }

  /** Empty if it is not known. */
  private static String process(String before, String name, long pid) {
    return pid == 0 ? "" : before + ForeignText.escaped(name) + "[" + pid + "]";
  }

  /** The kernel counts the connections that get no line. */
  @Override
  public void onFold(MemorySegment key, MemorySegment difference) {}

  @Override
  public void afterDrain() {
    if (!lines.isEmpty()) {
      write();
    }
  }
}
