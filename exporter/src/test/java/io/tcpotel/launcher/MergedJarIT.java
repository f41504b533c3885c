// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The one jar of the distribution, of ours and of all that we use. */
class MergedJarIT {
  private static JarFile jar;

  @BeforeAll
  static void open() throws IOException {
    Path folder = Path.of("target", Release.NAME + "-" + Release.VERSION);
    jar = new JarFile(folder.resolve("lib/tcpotel.jar").toFile());
  }

  @AfterAll
  static void close() throws IOException {
    jar.close();
  }

  private static byte[] read(String name) throws IOException {
    return jar.getInputStream(jar.getEntry(name)).readAllBytes();
  }

  private static List<String> names(String pattern) {
    return jar.stream().map(JarEntry::getName).filter(name -> name.matches(pattern)).toList();
  }

  @Test
  void servicesOfSeveralJarsAreJoined() throws IOException {
    String providers =
        new String(
            read("META-INF/services/io.grpc.LoadBalancerProvider"), StandardCharsets.US_ASCII);
    assertThat(providers.lines())
        .contains(
            "io.grpc.internal.PickFirstLoadBalancerProvider",
            "io.grpc.util.SecretRoundRobinLoadBalancerProvider$Provider");
  }

  @Test
  void whatDescribesOneJarAloneIsLeftOut() {
    assertThat(names(".*module-info.class|META-INF/(versions|maven)/.*|META-INF/.*\\.(SF|RSA)"))
        .isEmpty();
    assertThat(names("io/opentelemetry/exporter/internal/marshal/VarHandleStringEncoder.class"))
        .as("a class for newer releases of Java")
        .hasSize(1);
    assertThat(names("META-INF/licenses/.+")).isNotEmpty();
  }

  @Test
  void noClassIsTooOldForTheCacheAndNoneHasTablesOfLocalVariables() throws IOException {
    List<String> names = names(".*\\.class");
    assertThat(names).hasSizeGreaterThan(5000);
    for (String name : names) {
      ClassModel model = ClassFile.of().parse(read(name));
      assertThat(model.majorVersion()).as(name).isGreaterThanOrEqualTo(50);
      for (CodeAttribute code : codes(model)) {
        assertThat(code.findAttribute(Attributes.localVariableTable())).as(name).isEmpty();
      }
    }
  }

  private static List<CodeAttribute> codes(ClassModel model) {
    return model.methods().stream()
        .flatMap(method -> method.findAttribute(Attributes.code()).stream())
        .toList();
  }

  @Test
  void stackTracesHaveLineNumbers() throws IOException {
    for (String name : List.of("io/tcpotel/cli/Main.class", "picocli/CommandLine.class")) {
      assertThat(codes(ClassFile.of().parse(read(name))))
          .as(name)
          .anyMatch(code -> code.findAttribute(Attributes.lineNumberTable()).isPresent());
    }
  }

  @Test
  void everyClassIsSound() throws IOException {
    for (String name : names("(picocli|io/tcpotel)/.*\\.class")) {
      assertThat(ClassFile.of().verify(read(name))).as(name).isEmpty();
    }
  }
}
