// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the committed bindings against what the compiler made of the same header: where one was
 * changed without the other, Java would read the kernel's memory at the wrong place.
 */
class RecordLayoutTest {
  private final ObjectBtf btf = ObjectBtf.ofResource("/io/tcpotel/bpf/tcp_probe.bpf.o");

  RecordLayoutTest() throws IOException {}

  @ParameterizedTest
  @MethodSource("structs")
  void everyFieldIsWhereTheCompiledObjectHasIt(String struct) throws Exception {
    assertThat(fieldsOf(layoutOf(struct)))
        .as("struct %s: Java on the left, the object on the right", struct)
        .containsExactlyElementsOf(btf.fieldsOf(struct));
  }

  @ParameterizedTest
  @MethodSource("structs")
  void everyStructIsAsLargeAsInTheCompiledObject(String struct) throws Exception {
    assertThat(layoutOf(struct).byteSize()).isEqualTo(btf.sizeOf(struct));
  }

  @Test
  void everyStructThatBothSidesShareHasBindings() throws Exception {
    assertThat(structs())
        .contains(
            "tcp_probe_info",
            "tcp_probe_tuple",
            "tcp_probe_settings",
            "tcp_probe_shared",
            "tcp_probe_own_connection",
            "tcp_probe_counters");
  }

  @Test
  void theRecordHasNoPaddingThatIsNotAField() {
    long end = 0;
    for (Field field : Field.leaves(btf.fieldsOf("tcp_probe_info"))) {
      assertThat(field.offset()).as("start of %s", field.path()).isEqualTo(end);
      end = field.end();
    }
    assertThat(end).as("end of the last field").isEqualTo(btf.sizeOf("tcp_probe_info"));
  }

  /** Whatever was generated, so that a struct added to the header is covered at once. */
  private static List<String> structs() throws IOException, URISyntaxException {
    Path generated = Path.of(ProbeAbi.class.getResource("ProbeAbi.class").toURI()).getParent();
    try (Stream<Path> classes = Files.list(generated)) {
      return classes
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches("tcp_probe_[a-z_]+\\.class"))
          .map(name -> name.substring(0, name.indexOf('.')))
          .sorted()
          .toList();
    }
  }

  private static GroupLayout layoutOf(String struct) throws ReflectiveOperationException {
    Class<?> binding = Class.forName(ProbeAbi.class.getPackageName() + "." + struct);
    return (GroupLayout) binding.getMethod("layout").invoke(null);
  }

  private static List<Field> fieldsOf(GroupLayout struct) {
    List<Field> fields = new ArrayList<>();
    addMembers(struct, "", 0, fields);
    return fields;
  }

  private static void addMembers(GroupLayout struct, String prefix, long base, List<Field> fields) {
    long offset = base;
    for (MemoryLayout member : struct.memberLayouts()) {
      if (!(member instanceof PaddingLayout)) {
        addMember(member, prefix + member.name().orElse(""), offset, fields);
      }
      offset += member.byteSize();
    }
  }

  private static void addMember(MemoryLayout member, String name, long offset, List<Field> fields) {
    StringBuilder path = new StringBuilder(name);
    StringBuilder inElement = new StringBuilder(name);
    MemoryLayout element = member;
    while (element instanceof SequenceLayout array) {
      path.append('[').append(array.elementCount()).append(']');
      inElement.append("[0]");
      element = array.elementLayout();
    }
    boolean isAggregate = element instanceof GroupLayout;
    fields.add(new Field(path.toString(), offset, member.byteSize(), isAggregate));
    if (element instanceof GroupLayout struct) {
      addMembers(struct, inElement.append('.').toString(), offset, fields);
    }
  }
}
