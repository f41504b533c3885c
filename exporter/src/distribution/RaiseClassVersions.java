// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Copies a jar and raises classes of an old format to that of Java 8: {@code java
 * RaiseClassVersions.java FROM TO}. An AOT cache takes no class without stack maps, which came with
 * Java 6, and picocli's are Java 5's. Without them in the cache, tcpotel starts 50 ms later.
 */
final class RaiseClassVersions {
  private static final int JAVA_8 = 52;
  private static final ClassTransform RAISE =
      ((ClassTransform) RaiseClassVersions::raise)
          .andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL));

  private RaiseClassVersions() {}

  public static void main(String[] arguments) throws IOException {
    try (ZipFile from = new ZipFile(arguments[0]);
        ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
      ClassFile format =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ConstantPoolSharingOption.NEW_POOL, // else unchanged code is only copied
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(
                          name -> open(from, name.descriptorString()))
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (ZipEntry entry : from.stream().filter(each -> !each.isDirectory()).toList()) {
        byte[] content = from.getInputStream(entry).readAllBytes();
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(entry.getTimeLocal());
        to.putNextEntry(copy);
        to.write(entry.getName().endsWith(".class") ? raise(format, content) : content);
      }
    }
  }

  private static InputStream open(ZipFile jar, String descriptor) {
    ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] raise(ClassFile format, byte[] content) {
    ClassModel model = format.parse(content);
    return model.majorVersion() < JAVA_8 ? format.transformClass(model, RAISE) : content;
  }

  private static void raise(ClassBuilder builder, ClassElement element) {
    if (element instanceof ClassFileVersion) {
      builder.withVersion(JAVA_8, 0);
    } else {
      builder.with(element);
    }
  }
}
