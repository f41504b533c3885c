// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.proto.v1.CaptureHeader;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Capture files as they should be, cut, and damaged. */
class RecordingFileTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Messages messages = new Messages(new PrintStream(said, true));

  private Recording read(byte[] file) {
    return Recording.read(new ByteArrayInputStream(file), "conns", messages);
  }

  /** The records as the ring's reader gets them. */
  private static List<byte[]> drain(Recording recording) {
    List<byte[]> records = new ArrayList<>();
    RingReader reader = recording.ring().reader();
    recording.ring().publish(recording.records());
    reader.drain(
        (MemorySegment data, long offset, int length) -> {
          RecordCheck check = new ConnectionRecord().copyFrom(data, offset).check(length);
          assertThat(check.isReadable()).as(check.name()).isTrue();
          records.add(data.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
        });
    return records;
  }

  private static List<RecordImage> someRecords(long seed, int count) {
    Random random = new Random(seed);
    List<RecordImage> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(AnyRecord.of(random));
    }
    return records;
  }

  @Test
  void headerAndRecordsComeBack() {
    List<RecordImage> records = someRecords(11, 1000);
    try (Recording recording = read(RecordingBytes.of(records))) {
      CaptureHeader header = recording.header();
      assertThat(header.getAllFields()).hasSize(CaptureHeader.getDescriptor().getFields().size());
      assertThat(header.getKernelRelease()).isEqualTo(RecordingBytes.KERNEL);
      assertThat(header.getHostName()).isEqualTo(RecordingBytes.HOST);
      assertThat(header.getStartTimeUnixNano()).isEqualTo(RecordingBytes.START_UNIX_NANO);
      assertThat(header.getClockOffsetNs()).isEqualTo(RecordingBytes.CLOCK_OFFSET_NS);
      assertThat(drain(recording))
          .containsExactlyElementsOf(records.stream().map(RecordImage::bytes).toList());
    }
    assertThat(said.toString()).isEmpty();
  }

  @Test
  void timesAreThoseThatWereRecorded() {
    List<RecordImage> records =
        List.of(
            RecordImage.close().closeNs(5_000_000_700L),
            RecordImage.open().closeNs(5_000_000_200L), // of another CPU
            RecordImage.failure().closeNs(5_000_900_000L));
    try (Recording recording = read(RecordingBytes.of(records))) {
      assertThat(recording.beginUnixNano()).isEqualTo(RecordingBytes.timeNs(records.get(0)));
      assertThat(List.of(recording.dueNs(0), recording.dueNs(1), recording.dueNs(2)))
          .containsExactly(0L, 0L, 899_300L);
      assertThat(recording.lengthNs()).isEqualTo(899_300L);
    }
  }

  @Test
  void aCaptureWithoutConnectionsIsOne() {
    try (Recording recording = read(RecordingBytes.of(List.of()))) {
      assertThat(drain(recording)).isEmpty();
      assertThat(recording.lengthNs()).isZero();
    }
  }

  /** As a process leaves it that was killed. */
  @Test
  void theWholeRecordsBeforeACutAreTaken() {
    List<RecordImage> records = someRecords(12, 3);
    byte[] file = RecordingBytes.of(records);
    int[] ends = new int[4];
    for (int whole = 0; whole <= 3; whole++) {
      ends[whole] = RecordingBytes.of(records.subList(0, whole)).length;
    }
    for (int length = ends[0]; length < file.length; length++) {
      int cut = length;
      int whole = (int) Arrays.stream(ends).filter(end -> end <= cut).count() - 1;
      said.reset();
      try (Recording recording = read(Arrays.copyOf(file, length))) {
        assertThat(drain(recording)).hasSize(whole);
      }
      assertThat(said.toString())
          .isEqualTo(
              length == ends[whole]
                  ? ""
                  : "tcpotel: conns: not written to its end: within a record at byte "
                      + ends[whole]
                      + "; the "
                      + whole
                      + " before it are taken\n");
    }
  }

  private void requireFailure(byte[] file, int exitCode, String message) {
    assertThatThrownBy(() -> read(file).close())
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(exitCode);
              assertThat(failure).hasMessage(message);
            });
  }

  @Test
  void aFileThatExistsIsWrittenOverIfItIsSaid(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("conns"), "what was there before".repeat(99));
    RecordingFile.Begin begin = new RecordingFile.Begin("6.1", "host", 1, 2);
    assertThatThrownBy(() -> RecordingFile.create(file, false, begin))
        .hasMessage(file + ": exists\n  name another file");
    assertThat(file).content().startsWith("what was there");
    try (RecordingFile written = RecordingFile.create(file, true, begin)) {
      written.flush();
    }
    try (Recording recording = Recording.read(file, messages)) {
      assertThat(recording.records()).isZero();
      assertThat(recording.header().getHostName()).isEqualTo("host");
    }
  }

  @Test
  void whatIsNoCaptureIsRefused() {
    String message = "conns: is no capture\n  name a file that 'tcpotel record' wrote";
    byte[] capture = RecordingBytes.of(List.of());
    requireFailure(new byte[0], Failure.USAGE, message);
    requireFailure(new byte[100_000], Failure.USAGE, message);
    requireFailure("connections: none\n".repeat(9).getBytes(), Failure.USAGE, message);
    requireFailure(Arrays.copyOf(capture, capture.length - 1), Failure.USAGE, message);
    requireFailure(Arrays.copyOf(new byte[] {-1, -1, -1, -1, 127}, 9000), Failure.USAGE, message);
    byte[] elf = Arrays.copyOf(new byte[] {0x7f, 'E', 'L', 'F'}, 4096);
    requireFailure(elf, Failure.USAGE, message);
  }

  private static byte[] delimited(CaptureHeader header) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    header.writeDelimitedTo(bytes);
    return bytes.toByteArray();
  }

  @Test
  void aNewerVersionIsRefusedByName() throws IOException {
    CaptureHeader.Builder newer =
        RecordingFormat.header().setFormatVersion(2).setProgramVersion("9.8.7\n\033[31m");
    requireFailure(
        delimited(newer.build()),
        Failure.USAGE,
        "conns: has version 2 of the format, written by tcpotel 9.8.7\\n\\u001b[31m; this program knows 1\n"
            + "  replay it with that version, or a newer one");
    int known = newer.getRecordVersion();
    newer.setFormatVersion(1).setRecordVersion(known + 1);
    requireFailure(
        delimited(newer.build()),
        Failure.USAGE,
        String.format(
            "conns: has version %d of the record, written by tcpotel 9.8.7\\n\\u001b[31m; this program knows %d\n"
                + "  replay it with that version, or a newer one",
            known + 1, known));
  }

  private static final RecordingFile.Begin BEGIN =
      new RecordingFile.Begin(
          RecordingBytes.KERNEL,
          RecordingBytes.HOST,
          RecordingBytes.START_UNIX_NANO,
          RecordingBytes.CLOCK_OFFSET_NS);

  private static void create(Path path, boolean overwrite) {
    try (RecordingFile file = RecordingFile.create(path, overwrite, BEGIN)) {
      file.flush();
    }
  }

  /** The one that is there may be open for others, or theirs. */
  @Test
  void aFileIsTheOwnersAloneAlsoInThePlaceOfAnother(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("conns");
    create(path, false);
    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path second = Files.createLink(folder.resolve("second"), path);
    Files.writeString(path, "other");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("conns"));
    create(link, true);
    assertThat(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(path).hasBinaryContent(RecordingBytes.of(List.of()));
    assertThat(second).hasContent("other");
    assertThat(link).isSymbolicLink();
  }

  @KernelTest
  @Test
  void aLinkOfAnotherUserIsNotFollowed(@TempDir Path folder) throws IOException {
    Path target = Files.writeString(folder.resolve("target"), "mine");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    Files.setAttribute(link, "unix:uid", 65534, LinkOption.NOFOLLOW_LINKS);
    assertThatThrownBy(() -> create(link, true))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(link + " is a symbolic link of another user");
    assertThat(target).hasContent("mine");
  }

  private static byte[] withMessage(byte[] capture, int length, byte[] message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(capture);
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeUInt32NoTag(length);
    out.flush();
    bytes.write(message);
    return bytes.toByteArray();
  }

  @Test
  void whatIsDamagedIsSaidWithItsPlace() throws IOException {
    byte[] capture = RecordingBytes.of(someRecords(13, 2));
    String before = "conns: damaged at byte " + capture.length + ": ";
    String remedy =
        "\n  record it again; what stands before can be had with: head -c "
            + capture.length
            + " conns";
    byte[] rest = new byte[70_000];
    requireFailure(
        withMessage(capture, 0x7fff_ffff, rest),
        Failure.RUNNING,
        before + "a record of 2147483647 bytes" + remedy);
    requireFailure(
        withMessage(capture, -1, rest),
        Failure.RUNNING,
        before + "a record of 4294967295 bytes" + remedy);
    requireFailure(
        withMessage(capture, 0, new byte[0]), Failure.RUNNING, before + "kind is 0" + remedy);
    requireFailure(
        withMessage(capture, 3, new byte[] {7, 7, 7}),
        Failure.RUNNING,
        before
            + "no tcpotel.v1.Connection: Protocol message contained an invalid tag (zero)."
            + remedy);
  }

  /** Bytes changed, taken out, put in, and the end cut off, anywhere. */
  @Property(tries = 3000)
  void aDamagedFileIsReadOrRefusedInWords(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] file = damaged(RecordingBytes.of(someRecords(seed, 1 + random.nextInt(4))), random);
    try (Recording recording = read(file)) {
      assertThat(drain(recording)).hasSize(recording.records());
    } catch (Failure failure) {
      assertThat(failure.getMessage())
          .matches(
              "(?s)conns: (is no capture|has version \\d+ of |damaged at byte \\d+: ).*\n  .+");
    }
  }

  private static byte[] damaged(byte[] file, Random random) {
    byte[] bytes = file;
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, at + 1);
        case 3 -> bytes = spliced(bytes, at, Math.min(bytes.length, at + random.nextInt(9)));
        default -> bytes = spliced(bytes, Math.min(bytes.length, at + random.nextInt(9)), at);
      }
    }
    return bytes;
  }

  /** What is before {@code end}, and then what is from {@code begin} on; at least a byte. */
  private static byte[] spliced(byte[] bytes, int end, int begin) {
    byte[] result = Arrays.copyOf(bytes, Math.max(1, end + bytes.length - begin));
    System.arraycopy(bytes, begin, result, end, bytes.length - begin);
    return result;
  }
}
