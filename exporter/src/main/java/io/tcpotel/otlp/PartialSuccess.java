// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import com.google.protobuf.CodedInputStream;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.tcpotel.ForeignText;
import io.tcpotel.Messages;
import java.io.IOException;

/** A collector's answer to a request of which it rejected a part. */
final class PartialSuccess {
  // The responses to logs and to metrics have the same fields under the same numbers. They are read
  // without the classes that are generated for them: with their descriptors those take 3 MiB.
  private static final int PARTIAL_SUCCESS =
      ExportLogsServiceResponse.PARTIAL_SUCCESS_FIELD_NUMBER << 3 | 2;
  private static final int REJECTED =
      ExportLogsPartialSuccess.REJECTED_LOG_RECORDS_FIELD_NUMBER << 3;
  private static final int WORDS = ExportLogsPartialSuccess.ERROR_MESSAGE_FIELD_NUMBER << 3 | 2;

  private long rejected;
  private String words = "";

  private PartialSuccess() {}

  /**
   * How many of {@code sent} items the collector rejected; what it says about them is said. Many
   * servers put an empty partial success into every answer: that says nothing.
   */
  static long rejected(byte[] response, long sent, String items, Messages messages) {
    PartialSuccess partial = new PartialSuccess();
    try {
      partial.readResponse(CodedInputStream.newInstance(response));
    } catch (IOException e) {
      messages.sayOnceAMinute("bad response", "collector answered OK with an unreadable message");
      return 0;
    }
    if (partial.rejected > 0 || !partial.words.isEmpty()) {
      messages.sayOnceAMinute(
          "rejected " + items,
          "collector rejected "
              + partial.rejected
              + " "
              + items
              + ": "
              + ForeignText.of(partial.words));
    }
    return Math.clamp(partial.rejected, 0, sent);
  }

  private void readResponse(CodedInputStream from) throws IOException {
    for (int tag = from.readTag(); tag != 0; tag = from.readTag()) {
      if (tag == PARTIAL_SUCCESS) {
        int outer = from.pushLimit(from.readRawVarint32());
        readPartial(from);
        from.popLimit(outer);
      } else {
        skip(from, tag);
      }
    }
  }

  private void readPartial(CodedInputStream from) throws IOException {
    for (int tag = from.readTag(); tag != 0; tag = from.readTag()) {
      if (tag == REJECTED) {
        rejected = from.readInt64();
      } else if (tag == WORDS) {
        words = from.readStringRequireUtf8();
      } else {
        skip(from, tag);
      }
    }
  }

  /** A field that newer collectors may send. */
  private static void skip(CodedInputStream from, int tag) throws IOException {
    if (!from.skipField(tag)) {
      throw new IOException("the end of a group that did not begin");
    }
  }
}
