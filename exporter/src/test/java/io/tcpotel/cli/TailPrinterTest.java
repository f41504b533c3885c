// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.tcpotel.proto.v1.Connection;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A process may call itself what it likes: its command neither breaks a line nor colours it. */
class TailPrinterTest {
  private static final String COMMAND = "a\n\033[31mX\u009b\u202e";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Of all cgroups; null: unknown. */
  private String path;

  private String printed(boolean json) {
    RecordImage image = RecordImage.close().command(COMMAND);
    TailPrinter printer =
        new TailPrinter(
            new WorkloadTable(id -> path, id -> false, 10), new LineOutput(out, () -> {}), json);
    printer.beforeDrain();
    printer.onRecord(image.data(), 0, (int) image.data().byteSize());
    printer.afterDrain();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLineShowsACommandEscaped() {
    assertThat(printed(false))
        .endsWith(
            " limited_by=network stalled=409ms  a\\n\\u001b[31mX\\u009b\\u202e[31337]"
                + "  closed by worker[31440]\n")
        .containsOnlyOnce("\n");
  }

  @Test
  void aLineShowsContainerOrService() {
    path = "/system.slice/docker-" + "0123456789abcdef".repeat(4) + ".scope";
    assertThat(printed(false)).endsWith("  in 0123456789ab\n");
    path = "/system.slice/nginx.service";
    assertThat(printed(false)).endsWith("  in nginx\n");
  }

  @Test
  void jsonShowsItEscapedAndIsReadAsItIs() throws Exception {
    String line = printed(true);
    assertThat(line.strip().codePoints()).allMatch(point -> point >= ' ' && point < 0x7f);
    Connection.Builder read = Connection.newBuilder();
    JsonFormat.parser().merge(line, read);
    assertThat(read.getCommand()).isEqualTo(COMMAND);
  }
}
