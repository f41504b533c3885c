// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.util.Map;

/**
 * Rewrites classes for little memory and a quick start: without the tables of local variables,
 * which only debuggers read (line numbers stay), and none in a format so old that an AOT cache
 * leaves it out, with all classes that refer to it; picocli's is.
 */
final class CompactClasses {
  /** Java 8's. The cache takes what is verified by stack maps, as from 50 on. */
  private static final int OLDEST_MAJOR = 52;

  private static final ClassTransform TRANSFORM =
      ((ClassTransform) CompactClasses::raiseVersion)
          .andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL));

  private final ClassFile format;

  /** {@code files} has all classes of the jar, by their names there. */
  CompactClasses(Map<String, byte[]> files) {
    this.format =
        ClassFile.of(
            ClassFile.DebugElementsOption.DROP_DEBUG,
            ClassFile.ConstantPoolSharingOption.NEW_POOL,
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(name -> open(files, name))
                    .orElse(ClassHierarchyResolver.defaultResolver())));
  }

  private static InputStream open(Map<String, byte[]> files, ClassDesc name) {
    String descriptor = name.descriptorString();
    byte[] file = files.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
    return file == null ? null : new ByteArrayInputStream(file);
  }

  private static void raiseVersion(ClassBuilder builder, ClassElement element) {
    if (element instanceof ClassFileVersion version && version.majorVersion() < OLDEST_MAJOR) {
      builder.withVersion(OLDEST_MAJOR, 0);
    } else {
      builder.with(element);
    }
  }

  byte[] compact(byte[] file) {
    return format.transformClass(format.parse(file), TRANSFORM);
  }
}
