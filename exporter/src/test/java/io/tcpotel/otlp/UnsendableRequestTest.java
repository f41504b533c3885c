// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An exception at each step of an attempt ends that request alone, whichever thread throws. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class UnsendableRequestTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final BlockingQueue<Status> ends = new LinkedBlockingQueue<>();

  /** Thrown while the message is written. */
  enum Thrown {
    CHECKED(new IOException("scripted")),
    UNCHECKED(new IllegalStateException("scripted")),
    ERROR(new OutOfMemoryError("scripted"));

    private final Throwable value;

    Thrown(Throwable value) {
      this.value = value;
    }
  }

  /**
   * @param thrown null for none
   */
  private record Message(Throwable thrown) implements MessageWriter {
    @Override
    public void writeMessage(OutputStream out) throws IOException {
      if (thrown instanceof IOException e) {
        throw e;
      } else if (thrown instanceof RuntimeException e) {
        throw e;
      } else if (thrown instanceof Error e) {
        throw e;
      }
    }

    @Override
    public int getContentLength() {
      return thrown == null ? 0 : 10;
    }
  }

  private static GrpcSenderConfig config(Map<String, List<String>> headers) {
    Supplier<Map<String, List<String>>> supplier = () -> headers;
    return (GrpcSenderConfig)
        Proxy.newProxyInstance(
            GrpcSenderConfig.class.getClassLoader(),
            new Class<?>[] {GrpcSenderConfig.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getTimeout" -> Await.LIMIT;
                  case "getCompressor" -> null;
                  case "getFullMethodName" ->
                      "opentelemetry.proto.collector.logs.v1.LogsService/Export";
                  case "getHeadersSupplier" -> supplier;
                  default -> throw new IllegalStateException(method.getName());
                });
  }

  private static CollectorChannel channel(ScriptedCollector collector) {
    CollectorAddress address = CollectorAddress.parse(collector.endpoint());
    return new CollectorChannel(address, (javax.net.ssl.SSLContext) null, Await.LIMIT);
  }

  private CollectorSender sender(CollectorChannel channel, GrpcSenderConfig config) {
    return new CollectorSender(Signal.LOGS, channel, config, new Messages(new PrintStream(said)));
  }

  private Status deliver(CollectorSender sender, Throwable thrown) throws InterruptedException {
    sender.deliver(
        new Message(thrown),
        TimeUnit.HOURS.toNanos(1),
        outcome -> {
          ends.add(outcome.status());
          throw new IllegalStateException("thrown by the receiver of the end");
        });
    return ends.poll(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private void requireEnds(CollectorSender sender, Throwable thrown) throws InterruptedException {
    Status end = deliver(sender, thrown);
    assertThat(end.getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(end.getDescription()).isEqualTo("cannot be sent: " + thrown);
    assertThat(said.toString())
        .contains("INTERNAL (cannot be sent: " + thrown + "): dropped and counted");
    assertThat(deliver(sender, null).getCode()).as("the next").isEqualTo(Status.Code.OK);
    assertThat(ends).as("further ends").isEmpty();
    assertThat(said.toString()).contains("thrown by the receiver of the end");
  }

  @ParameterizedTest
  @EnumSource
  void aMessageThatCannotBeWrittenEndsItsRequestAlone(Thrown thrown) throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        CollectorChannel channel = channel(collector)) {
      CollectorSender sender = sender(channel, config(Map.of()));
      assertThat(deliver(sender, null).isOk()).isTrue();
      requireEnds(sender, thrown.value);
      assertThat(collector.connections()).isEqualTo(1);
    }
  }

  /** Then gRPC writes it later, and its channel ends with the exception. */
  @ParameterizedTest
  @EnumSource
  void aMessageThatWaitsForTheConnectionEndsItsRequestAlone(Thrown thrown) throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        CollectorChannel channel = channel(collector)) {
      requireEnds(sender(channel, config(Map.of())), thrown.value);
    }
  }

  @Test
  void aHeaderThatGrpcDoesNotTakeEndsEachRequest() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        CollectorChannel channel = channel(collector)) {
      CollectorSender sender = sender(channel, config(Map.of("bad name", List.of("secret"))));
      for (int i = 0; i < 2; i++) {
        assertThat(deliver(sender, null).getCode()).isEqualTo(Status.Code.INTERNAL);
      }
      assertThat(said.toString()).contains("bad name").doesNotContain("secret");
    }
  }
}
