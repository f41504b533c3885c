// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.OutputStream;

/**
 * A request with nothing in it, to find out whether a collector takes the signal. A message without
 * fields has no bytes, in protobuf.
 */
record EmptyRequest() implements MessageWriter {
  @Override
  public void writeMessage(OutputStream out) {
    // nothing
  }

  @Override
  public int getContentLength() {
    return 0;
  }
}
