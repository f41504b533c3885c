// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Distribution;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The one jar of the distribution, with this program's classes and all libraries. */
class MergedJarIT {
  private static JarFile jar;

  @BeforeAll
  static void open() throws IOException {
    jar = new JarFile(Distribution.builtJar().toFile());
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
  void signaturesAndDescriptorsOfOneJarAreLeftOut() {
    assertThat(names(".*module-info.class|META-INF/maven/.*|META-INF/.*\\.(SF|RSA|DSA)")).isEmpty();
  }

  @Test
  void everyClassIsNewEnoughForTheCacheAndThoseOfPicocliAreSound() throws IOException {
    List<String> names = names(".*\\.class");
    assertThat(names).hasSizeGreaterThan(5000);
    for (String name : names) {
      byte[] content = read(name);
      assertThat(ClassFile.of().parse(content).majorVersion()).as(name).isGreaterThanOrEqualTo(50);
      if (name.startsWith("picocli/")) {
        assertThat(ClassFile.of().verify(content)).as(name).isEmpty();
      }
    }
  }
}
