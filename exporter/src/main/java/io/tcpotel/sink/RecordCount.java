// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.tcpotel.telemetry.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Counts the log records, data points or spans of an encoded request by skipping over them: the
 * cost is per record, not per byte, and nothing is allocated per record.
 */
final class RecordCount {
  // The three requests nest alike, with the same field numbers: request, resource, scope, then log
  // record, metric or span. RecordCountPropertyTest compares all three with their own messages.
  private static final int[] PATH = {
    submessage(ExportLogsServiceRequest.RESOURCE_LOGS_FIELD_NUMBER),
    submessage(ResourceLogs.SCOPE_LOGS_FIELD_NUMBER),
    submessage(ScopeLogs.LOG_RECORDS_FIELD_NUMBER)
  };
  private static final int DATA_POINT = submessage(Gauge.DATA_POINTS_FIELD_NUMBER);

  private RecordCount() {}

  static long of(Signal signal, byte[] body) throws InvalidProtocolBufferException {
    CodedInputStream in = CodedInputStream.newInstance(body);
    try {
      return count(in, 0, signal == Signal.METRICS);
    } catch (InvalidProtocolBufferException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long count(CodedInputStream in, int depth, boolean metrics) throws IOException {
    long count = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (tag != PATH[depth]) {
        skip(in, tag);
      } else if (depth < PATH.length - 1) {
        int outer = enter(in);
        count += count(in, depth + 1, metrics);
        in.popLimit(outer);
      } else if (metrics) {
        int outer = enter(in);
        count += dataPoints(in);
        in.popLimit(outer);
      } else {
        skip(in, tag);
        count++;
      }
    }
    return count;
  }

  /** Parsers merge a repeated field of a metric's kind; a field of another kind replaces it. */
  private static long dataPoints(CodedInputStream in) throws IOException {
    long count = 0;
    int kind = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!isKind(tag)) {
        skip(in, tag);
        continue;
      }
      if (tag != kind) {
        count = 0;
        kind = tag;
      }
      int outer = enter(in);
      for (int field = in.readTag(); field != 0; field = in.readTag()) {
        skip(in, field);
        count += field == DATA_POINT ? 1 : 0;
      }
      in.popLimit(outer);
    }
    return count;
  }

  private static boolean isKind(int tag) {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
        && switch (WireFormat.getTagFieldNumber(tag)) {
          case Metric.GAUGE_FIELD_NUMBER,
              Metric.SUM_FIELD_NUMBER,
              Metric.HISTOGRAM_FIELD_NUMBER,
              Metric.EXPONENTIAL_HISTOGRAM_FIELD_NUMBER,
              Metric.SUMMARY_FIELD_NUMBER ->
              true;
          default -> false;
        };
  }

  private static int enter(CodedInputStream in) throws IOException {
    return in.pushLimit(in.readRawVarint32());
  }

  private static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that did not begin");
    }
  }

  private static int submessage(int fieldNumber) {
    return fieldNumber << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }
}
