// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The commands of docs/install.md below "Try it", as they stand there but for the port, which may
 * be taken, and a time limit. {@code exporter/src/image/check} runs those below "Container".
 */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class InstallPageKernelTest {
  private static final Path PAGE = Path.of("../docs/install.md");
  private static final Pattern SECTION = Pattern.compile("(?ms)^## Try it$(.*?)^## ");
  private static final Pattern COMMAND = Pattern.compile("(?m)^(?:sudo )?\\./tcpotel (.*)$");

  private static List<String> commands() throws IOException {
    String section =
        SECTION.matcher(Files.readString(PAGE)).results().findFirst().orElseThrow().group(1);
    return COMMAND.matcher(section).results().map(command -> command.group(1)).toList();
  }

  private static Program start(String command, int port, String... more) {
    List<String> words = new ArrayList<>(List.of(command.replace(":4317", ":" + port).split(" ")));
    words.addAll(List.of(more));
    return Program.start(words.toArray(String[]::new));
  }

  @Test
  void thePageTriesItInFourCommands() throws IOException {
    List<String> commands = commands();
    assertThat(commands)
        .extracting(command -> command.split(" ")[0])
        .containsExactly("doctor", "demo", "sink", "run");
    try (Program doctor = start(commands.get(0), 0)) {
      assertThat(doctor.await()).as(doctor.output()).isIn(0, 1); // there may be a collector
      assertThat(doctor.output()).contains("\ntcpotel can capture here");
    }
    try (Program demo = start(commands.get(1), 0, "--for", "1s")) {
      assertThat(demo.await()).as(demo.messages()).isZero();
      assertThat(demo.output()).contains("TIME ROLE", "\nSums\n");
    }
    try (Program sink = start(commands.get(2), 0)) {
      int port = Integer.parseInt(sink.awaitMessage("listening on 127.0.0.1:(\\d+)").group(1));
      try (Program run = start(commands.get(3), port)) {
        run.awaitMessage("watching .*, sending to http://127.0.0.1:" + port);
        sink.awaitOutput("127.0.0.1:" + connected());
      }
    }
  }

  /** The port of a server that a connection of this process has had. */
  private static int connected() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      try (Socket client = new Socket("127.0.0.1", server.getLocalPort())) {
        client.getOutputStream().write(1);
        server.accept().close();
      }
      return server.getLocalPort();
    }
  }
}
