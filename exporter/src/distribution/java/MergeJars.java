// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Merges the jars and folders of a class path into one jar that can be run: {@code java
 * MergeJars.java JAR MAIN-CLASS CLASS-PATH}. The same files give the same bytes. A file that two
 * jars have is an error, unless it can be joined.
 */
final class MergeJars {
  private static final LocalDateTime TIME = LocalDateTime.of(2026, 1, 1, 0, 0);

  /** Signatures, which no longer hold, and what describes one jar alone. */
  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "META-INF/(MANIFEST\\.MF|INDEX\\.LIST|[^/]+\\.(SF|RSA|DSA|EC)|(maven|proguard|native-image)/.*)"
              + "|OSGI-INF/.*|module-info\\.class|.*\\.proto"
              // Messages of Google's services; gRPC needs com.google.rpc of that jar.
              + "|com/google/(api|apps|cloud|geo|logging|longrunning|shopping|type)/.*");

  private static final Pattern JOINED =
      Pattern.compile("META-INF/(services/.*|io\\.netty\\.versions\\.properties)");
  private static final Pattern LICENCE =
      Pattern.compile("META-INF/((LICENSE|NOTICE|license/).*)", Pattern.CASE_INSENSITIVE);

  /** A class for newer releases of Java: moved to its place, so that nothing has to look for it. */
  private static final Pattern FOR_RELEASE = Pattern.compile("META-INF/versions/\\d+/(.*)");

  private final Map<String, byte[]> files = new TreeMap<>();

  private MergeJars() {}

  public static void main(String[] arguments) throws IOException {
    MergeJars merged = new MergeJars();
    for (String part : arguments[2].split(File.pathSeparator)) {
      Path path = Path.of(part);
      if (Files.isDirectory(path)) {
        merged.addFolder(path);
      } else {
        merged.addJar(path);
      }
    }
    merged.write(Path.of(arguments[0]), arguments[1]);
  }

  private void addFolder(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        add(folder, folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
  }

  private void addJar(Path jar) throws IOException {
    Map<String, byte[]> forReleases = new TreeMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().filter(each -> !each.isDirectory()).toList()) {
        Matcher forRelease = FOR_RELEASE.matcher(entry.getName());
        if (forRelease.matches()) {
          forReleases.put(forRelease.group(1), read(zip, entry));
        } else {
          add(jar, entry.getName(), read(zip, entry));
        }
      }
    }
    for (Map.Entry<String, byte[]> file : forReleases.entrySet()) {
      files.remove(file.getKey());
      add(jar, file.getKey(), file.getValue());
    }
  }

  private static byte[] read(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  private void add(Path from, String name, byte[] content) throws IOException {
    if (LEFT_OUT.matcher(name).matches()) {
      return;
    }
    Matcher licence = LICENCE.matcher(name);
    if (licence.matches()) {
      String jar = from.getFileName().toString().replaceFirst("\\.jar$", "");
      files.put("META-INF/licenses/" + jar + "/" + licence.group(1), content);
    } else if (JOINED.matcher(name).matches()) {
      files.merge(name, content, MergeJars::join);
    } else if (files.putIfAbsent(name, content) != null) {
      throw new IOException(from + " and a part before it both have " + name);
    }
  }

  private static byte[] join(byte[] first, byte[] second) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.writeBytes(first);
    joined.writeBytes("\n".getBytes(StandardCharsets.US_ASCII));
    joined.writeBytes(second);
    return joined.toByteArray();
  }

  private void write(Path jar, String mainClass) throws IOException {
    CompactClasses classes = new CompactClasses(files);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      write(out, JarFile.MANIFEST_NAME, manifest(mainClass));
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        boolean isClass = file.getKey().endsWith(".class");
        write(out, file.getKey(), isClass ? classes.compact(file.getValue()) : file.getValue());
      }
    }
  }

  private static byte[] manifest(String mainClass) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, mainClass);
    attributes.putValue("Enable-Native-Access", "ALL-UNNAMED");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    manifest.write(out);
    return out.toByteArray();
  }

  private static void write(ZipOutputStream out, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    out.putNextEntry(entry);
    out.write(content);
  }
}
