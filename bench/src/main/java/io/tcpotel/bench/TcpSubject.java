// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The bytes of a request over plain TCP, to {@link TcpSink}: what the kernel takes for them. */
final class TcpSubject implements Subject {
  private static final int REQUEST_BYTES = 1 << 20;
  private static final int REQUESTS_PER_PASS = 100;

  private final SocketChannel channel;
  private final ByteBuffer request;
  private final int recordsPerRequest;
  private long requests;

  TcpSubject(String address, Recording recording) throws IOException {
    RecordBatch batch =
        Ends.request(new RecordEnvelope(Resource.getDefault()), recording, REQUEST_BYTES);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    batch.writeMessage(bytes);
    request = ByteBuffer.allocateDirect(bytes.size()).put(bytes.toByteArray());
    recordsPerRequest = batch.records();
    int colon = address.lastIndexOf(':');
    channel =
        SocketChannel.open(
            new InetSocketAddress(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
  }

  @Override
  public void pass() throws IOException {
    for (int i = 0; i < REQUESTS_PER_PASS; i++) {
      request.rewind();
      while (request.hasRemaining()) {
        channel.write(request);
      }
      requests++;
    }
  }

  @Override
  public long handed() {
    return requests * recordsPerRequest;
  }

  /** But for what is in the sockets' buffers. */
  @Override
  public long arrived() {
    return handed();
  }

  @Override
  public void finish() throws IOException {
    channel.shutdownOutput();
    ByteBuffer received = ByteBuffer.allocate(Long.BYTES);
    while (received.hasRemaining()) {
      if (channel.read(received) < 0) {
        throw new EOFException("no answer");
      }
    }
    long missing = requests * request.capacity() - received.getLong(0);
    if (missing != 0) {
      throw new IOException(missing + " bytes have not arrived");
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
