// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.ByteSize;
import io.tcpotel.Failure;
import io.tcpotel.cli.options.ByteSizeConverter;
import io.tcpotel.cli.options.ListenAddress;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.TimeLimit;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.sink.JsonLines;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.sink.TextLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Receives OTLP over gRPC and prints it, writes it as JSON lines, or only counts it. */
@Command(
    name = "sink",
    description = {
      "Receive OTLP over gRPC until stopped, without storing it: for demos, tests, benchmarks.",
      "Prints data on stdout, everything else on stderr; the last line has the totals."
    })
final class SinkCommand implements Runnable, Configurable {
  private enum Output {
    TEXT,
    JSON,
    COUNT
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:4317",
      description = "Address to listen on; port 0 means any free one (default: ${DEFAULT-VALUE}).")
  private String listen;

  @Option(
      names = "--output",
      paramLabel = "text|json|count",
      defaultValue = "text",
      description =
          "text: lines for people. json: one line of OTLP/JSON per request. "
              + "count: only the totals, at the end (default: ${DEFAULT-VALUE}).")
  private Output output;

  @Mixin private TimeLimit timeLimit;

  @Option(
      names = "--max-message",
      paramLabel = "SIZE",
      converter = ByteSizeConverter.class,
      defaultValue = "64MiB",
      description = "Maximum size of a request (default: ${DEFAULT-VALUE}).")
  private ByteSize maxMessage;

  private ListenAddress address;
  private int maxMessageBytes;

  @Override
  public void configure(Problems problems) {
    address = problems.read(() -> ListenAddress.parse("--listen", listen));
    problems.check(() -> maxMessageBytes = maxMessageBytes());
  }

  @Override
  public void run() {
    StopSignal stop = StopSignal.install();
    LineOutput out = Stdout.lines(stop::stop);
    PrintWriter err = spec.commandLine().getErr();
    OtlpReceiver receiver = start(out);
    try (receiver) {
      err.println("tcpotel sink: listening on " + address.withPort(receiver.port()));
      stop.await(timeLimit.duration());
    }
    String totals = "tcpotel sink: " + receiver.totals().sentence();
    err.println(totals);
    if (output == Output.COUNT) {
      out.tryWrite(totals + "\n");
    }
    if (out.failure() != null) {
      throw Stdout.failure(out.failure());
    }
  }

  private int maxMessageBytes() {
    if (maxMessage.bytes() < 1 || maxMessage.bytes() > Integer.MAX_VALUE) {
      throw Failure.usage(
          "--max-message " + maxMessage, "out of range", "write a size from 1 to 2147483647 bytes");
    }
    return (int) maxMessage.bytes();
  }

  private OtlpReceiver start(LineOutput out) {
    InetSocketAddress resolved = address.resolve();
    try {
      return switch (output) {
        case TEXT ->
            OtlpReceiver.start(
                resolved, maxMessageBytes, new TextLines(out, Terminal.isColoured()));
        case JSON -> OtlpReceiver.start(resolved, maxMessageBytes, new JsonLines(out));
        case COUNT -> OtlpReceiver.startCounting(resolved, maxMessageBytes);
      };
    } catch (IOException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw Failure.running(
          "--listen '" + address + "'",
          "cannot listen there: " + reason.getMessage(),
          "stop the process that uses the port, or choose another address of this machine (port 0:"
              + " any free)",
          e);
    }
  }
}
