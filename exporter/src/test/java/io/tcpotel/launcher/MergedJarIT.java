// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Distribution;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The one jar of the distribution, with this program's classes and all libraries. */
class MergedJarIT {
  @Test
  void everyClassIsNewEnoughForTheCacheAndThoseOfPicocliAreSound() throws IOException {
    try (JarFile jar = new JarFile(Distribution.builtJar().toFile())) {
      List<JarEntry> classes =
          jar.stream().filter(entry -> entry.getName().endsWith(".class")).toList();
      assertThat(classes).hasSizeGreaterThan(5000);
      for (JarEntry entry : classes) {
        String name = entry.getName();
        byte[] content = jar.getInputStream(entry).readAllBytes();
        assertThat(ClassFile.of().parse(content).majorVersion())
            .as(name)
            .isGreaterThanOrEqualTo(50);
        if (name.startsWith("picocli/")) {
          assertThat(ClassFile.of().verify(content)).as(name).isEmpty();
        }
      }
    }
  }
}
