// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.proto.v1.CaptureHeader;
import io.tcpotel.proto.v1.Connection;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a capture. A file that was not written to its end, as by a process that was killed, ends
 * with its last whole record; everything else that is wrong is a {@link Failure} that says where.
 * The caller buffers and closes.
 */
public final class RecordingReader {
  private static final int MAX_LENGTH_BYTES = 5;

  private final InputStream in;
  private final String name;
  private final CaptureHeader header;
  private final byte[] message = new byte[RecordingFormat.MAX_MESSAGE_BYTES];
  private long position;
  private long messageBegin;
  private int messageBytes;
  private boolean isCut;

  /**
   * Reads the header.
   *
   * @param name the file's, for messages
   */
  public RecordingReader(InputStream in, String name) {
    this.in = in;
    this.name = name;
    this.header = readHeader();
    requireVersion("format", header.getFormatVersion(), RecordingFormat.VERSION);
    requireVersion("record", header.getRecordVersion(), ProbeAbi.TCP_PROBE_VERSION());
  }

  public CaptureHeader header() {
    return header;
  }

  private CaptureHeader readHeader() {
    try {
      if (readMessage()) {
        CaptureHeader read = CaptureHeader.parser().parseFrom(message, 0, messageBytes);
        if (read.getMagic().equals(RecordingFormat.MAGIC)) {
          return read;
        }
      }
    } catch (InvalidProtocolBufferException e) {
      // said below
    } catch (Failure failure) {
      if (failure.exitCode() == Failure.USAGE) {
        throw failure; // it cannot be read at all
      }
    }
    throw Failure.usage(name, "is no capture", "name a file that 'tcpotel record' wrote");
  }

  private void requireVersion(String what, int version, int known) {
    if (version < 1 || version > known) {
      throw Failure.usage(
          name,
          "has version %s of the %s, written by tcpotel %s; this program knows %d"
              .formatted(
                  Integer.toUnsignedString(version),
                  what,
                  ForeignText.of(header.getProgramVersion()),
                  known),
          "replay it with that version, or a newer one");
    }
  }

  /** The next connection; null at the end. */
  public Connection next() {
    if (!readMessage()) {
      return null;
    }
    try {
      return Connection.parser().parseFrom(message, 0, messageBytes);
    } catch (InvalidProtocolBufferException e) {
      throw damaged("no tcpotel.v1.Connection: " + e.getMessage());
    }
  }

  /** Whether the file ended within a record. */
  public boolean isCut() {
    return isCut;
  }

  /** Where in the file the last record begins, or would. */
  public long lastPosition() {
    return messageBegin;
  }

  /** The fault of the last record. */
  Failure damaged(String reason) {
    return Failure.running(
        name,
        "damaged at byte " + messageBegin + ": " + reason,
        "record it again; what stands before can be had with: head -c " + messageBegin + " " + name,
        null);
  }

  /** False at the end of the file, also if that comes within a message. */
  private boolean readMessage() {
    messageBegin = position;
    try {
      long length = readLength();
      if (length < 0) {
        return false;
      }
      if (length > message.length) {
        throw damaged("a record of " + length + " bytes");
      }
      messageBytes = in.readNBytes(message, 0, (int) length);
      position += messageBytes;
      isCut = messageBytes < length;
      return !isCut;
    } catch (IOException e) {
      throw Failure.usage(
          name, "cannot be read: " + e.getMessage(), "name a file that 'tcpotel record' wrote");
    }
  }

  /** A varint; -1 at the end of the file. */
  private long readLength() throws IOException {
    long length = 0;
    for (int i = 0; i < MAX_LENGTH_BYTES; i++) {
      int next = in.read();
      if (next < 0) {
        isCut = i > 0;
        return -1;
      }
      position++;
      length |= (next & 0x7fL) << 7 * i;
      if (next < 0x80) {
        return length;
      }
    }
    throw damaged("no length of a record");
  }
}
