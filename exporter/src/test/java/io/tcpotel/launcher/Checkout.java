// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The scripts of this repository in a folder of their own, with a few sources and with stand-ins
 * for Maven, the JDK and the compilers: what is tried is the scripts alone, each build in no time.
 * Everybody may read it.
 */
final class Checkout implements AutoCloseable {
  private static final String SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

  private static final Path REPOSITORY = Path.of("..");
  private static final List<String> SCRIPTS =
      List.of("tcpotel", "verify", "mvnw", ".config/tools.sh", "exporter/src/distribution/tcpotel");
  private static final List<String> SOURCES =
      List.of(
          "pom.xml",
          "bpf/pom.xml",
          "bpf/src/main/c/probe.c",
          "proto/pom.xml",
          "exporter/pom.xml",
          "exporter/src/main/java/Main.java",
          "exporter/src/test/java/MainTest.java");

  private final Path folder;
  private final Path standIns;
  private final Map<String, String> environment = new HashMap<>();

  private Checkout(Path folder) {
    this.folder = folder;
    this.standIns = folder.resolve("stand-ins");
    environment.put("PATH", standIns.resolve("bin") + ":" + SYSTEM_PATH);
    environment.put("JAVA_HOME", standIns.resolve("jdk").toString());
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("STAND_INS", standIns.toString());
    environment.put("CLANG", "");
    environment.put("SUDO_USER", "");
  }

  static Checkout create() {
    try {
      Path folder = Files.createTempDirectory("tcpotel-launcher");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      Checkout checkout = new Checkout(folder.toRealPath());
      checkout.copyScripts();
      checkout.writeSources();
      checkout.installStandIns();
      return checkout;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void copyScripts() throws IOException {
    for (String script : SCRIPTS) {
      Path copy = root().resolve(script);
      Files.createDirectories(copy.getParent());
      Files.copy(REPOSITORY.resolve(script), copy);
    }
    for (String program : List.of("collector", "prometheus", "victorialogs", "jaeger")) {
      executable(
          root().resolve("otel-config").resolve(program).resolve("build"), "echo " + program);
    }
  }

  private void writeSources() throws IOException {
    for (String source : SOURCES) {
      Path file = root().resolve(source);
      Files.createDirectories(file.getParent());
      Files.writeString(file, source);
    }
    FileTime longAgo = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));
    try (Stream<Path> all = Files.walk(root())) {
      for (Path path : all.toList()) {
        Files.setLastModifiedTime(path, longAgo);
      }
    }
  }

  private void installStandIns() throws IOException {
    Files.createDirectories(folder.resolve("home"));
    Files.createDirectories(mountPoint());
    installJdk("jdk", "25.0.4");
    install("mvn");
    executable(program("clang"), "echo Debian clang version 14.0.6");
    executable(program("llvm-strip"), "exit");
  }

  /** A stand-in for a JDK of {@code version}. */
  Path installJdk(String name, String version) throws IOException {
    Path home = standIns.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"-\"\nJAVA_VERSION=\"" + version + "\"\n");
    resource("java", home.resolve("bin/java"));
    executable(home.resolve("bin/javac"), "exit");
    return home;
  }

  /** Puts the stand-in of the name from the test's resources onto the PATH. */
  void install(String name) throws IOException {
    resource(name, program(name));
  }

  private static void resource(String name, Path file) throws IOException {
    try (InputStream in = Checkout.class.getResourceAsStream(name)) {
      Files.createDirectories(file.getParent());
      Files.write(file, in.readAllBytes());
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  /** A script of one line. */
  static void executable(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Makes {@code user} the owner of everything; for root alone. */
  void giveTo(String user) {
    TestCommand.run("chown", "-R", user, folder.toString());
  }

  /** The words before a command that an ordinary user runs; for root alone. */
  static List<String> as(String user) {
    return List.of("setpriv", "--reuid=" + user, "--regid=nogroup", "--clear-groups");
  }

  /** Where a stand-in is found by the PATH. */
  Path program(String name) {
    return standIns.resolve("bin").resolve(name);
  }

  /** The packages that the stand-in of apt-get has, a folder of programs each. */
  Path packages() {
    return standIns.resolve("packages");
  }

  /** The packages that the stand-in of apt-get was asked to install. */
  List<String> installed() throws IOException {
    return linesOf(standIns.resolve("installed"));
  }

  /** An empty folder. */
  Path mountPoint() {
    return standIns.resolve("mount");
  }

  /** The folder around the checkout. */
  Path folder() {
    return folder;
  }

  /** The checkout itself, with blanks in its name. */
  Path root() {
    return folder.resolve("a check out");
  }

  /** The distribution that the stand-in of Maven makes. */
  Path distribution() {
    return root().resolve("exporter/target/tcpotel-7");
  }

  Path log() {
    return root().resolve("target/tcpotel.log");
  }

  /** Sets a variable for the scripts to come. */
  Checkout with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Makes {@code source} newer than every build so far. */
  void edit(String source) throws IOException {
    Files.setLastModifiedTime(root().resolve(source), FileTime.from(Instant.now()));
  }

  /** The message with which a build begins. */
  String builds() {
    return "tcpotel: builds: a minute or two the first time, when it downloads libraries from Maven Central"
        + (" (log: " + log() + ")\n");
  }

  String waits() {
    return "tcpotel: waits for another build of " + root() + "\n";
  }

  /** Gives the stand-ins a word: see there. */
  void tell(String word) throws IOException {
    tell(word, "");
  }

  void tell(String word, String more) throws IOException {
    Files.writeString(standIns.resolve(word), more);
  }

  void takeBack(String word) throws IOException {
    Files.delete(standIns.resolve(word));
  }

  /** One line for each build so far: its user, and the content of the jar before it. */
  List<String> built() throws IOException {
    return linesOf(standIns.resolve("built"));
  }

  private static List<String> linesOf(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** Waits until half a jar is there; gives the pid of Maven, which then waits for its word. */
  long awaitHalf() throws IOException {
    Path half = standIns.resolve("half");
    Await.until("half a jar", () -> Files.exists(half));
    String pid = Files.readString(half).strip();
    Files.delete(half);
    return Long.parseLong(pid);
  }

  /** The launcher, called by its full name. */
  Program tcpotel(String... arguments) {
    return behind(List.of(), arguments);
  }

  /** The launcher, behind a command such as setpriv. */
  Program behind(List<String> words, String... arguments) {
    List<String> line = new ArrayList<>(words);
    line.add(root().resolve("tcpotel").toString());
    line.addAll(List.of(arguments));
    return start(line);
  }

  /** Any command, with signals that no ancestor has switched off. */
  Program start(List<String> words) {
    List<String> line = new ArrayList<>(List.of("env", "--default-signal"));
    line.addAll(words);
    return Program.start(environment, line);
  }

  @Override
  public void close() {
    TestCommand.run("chmod", "-R", "u+w", folder.toString());
    TestCommand.run("rm", "-r", folder.toString());
  }
}
