// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;

/**
 * Writes the attributes that tell whose a connection is, and who closed it. Hot: allocates nothing,
 * throws nothing. One thread uses it.
 */
final class ProcessEncoder {
  private static final AttributeWriter PID = AttributeWriter.of(LogAttribute.PROCESS_PID);
  private static final AttributeWriter NAME =
      AttributeWriter.of(LogAttribute.PROCESS_EXECUTABLE_NAME);
  private static final AttributeWriter USER_ID = AttributeWriter.of(LogAttribute.USER_ID);
  private static final AttributeWriter CLOSER_PID = AttributeWriter.of(LogAttribute.CLOSER_PID);
  private static final AttributeWriter CLOSER_NAME =
      AttributeWriter.of(LogAttribute.CLOSER_EXECUTABLE_NAME);

  private final byte[] text =
      new byte[Math.max(DecimalText.MAX_BYTES, ProbeAbi.TCP_PROBE_COMMAND_LENGTH())];

  void write(AttributeOutput to, ConnectionRecord connection) {
    PID.writeCount(to, connection.pid());
    writeName(NAME, to, connection.writeCommand(text));
    if (connection.hasUid()) {
      USER_ID.writeString(to, text, DecimalText.write(connection.uid(), text, 0));
    }
    if (connection.closerPid() != 0 && connection.closerPid() != connection.pid()) {
      CLOSER_PID.writeInt(to, connection.closerPid());
      writeName(CLOSER_NAME, to, connection.writeCloserCommand(text));
    }
  }

  private void writeName(AttributeWriter attribute, AttributeOutput to, int length) {
    if (length != 0) {
      attribute.writeString(to, text, length);
    }
  }
}
