// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rights and owners of files, whatever was there before. */
class OwnerOnlyTest {
  private static final int NOBODY = 65534;

  @TempDir private Path folder;

  private static String rights(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static Path widen(Path file) throws IOException {
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void giveAway(Path file) throws IOException {
    Files.setAttribute(file, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
  }

  private static void open(Path file) throws IOException {
    OwnerOnly.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
  }

  @Test
  void newOnesAreTheOwnersAlone() throws IOException {
    Path directory = folder.resolve("a/b");
    OwnerOnly.createDirectory(directory);
    open(directory.resolve("file"));
    assertThat(rights(directory)).isEqualTo("rwx------");
    assertThat(rights(directory.getParent())).isEqualTo("rwx------");
    assertThat(rights(directory.resolve("file"))).isEqualTo("rw-------");
  }

  @Test
  void thoseThatOthersMayUseAreNarrowed() throws IOException {
    Path directory = widen(Files.createDirectory(folder.resolve("wide")));
    Path file = widen(Files.createFile(directory.resolve("file")));
    OwnerOnly.createDirectory(directory);
    open(file);
    assertThat(rights(directory)).isEqualTo("rwx------");
    assertThat(rights(file)).isEqualTo("rw-------");
  }

  @Test
  void aFileIsNeitherALinkNorAPipeNorAnotherOnesSecondName() throws IOException {
    Path target = Files.createFile(folder.resolve("target"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    Path second = Files.createLink(folder.resolve("second"), target);
    Path pipe = folder.resolve("pipe");
    TestCommand.run("mkfifo", pipe.toString());
    for (Path file : new Path[] {link, dangling, second, target, pipe, folder}) {
      assertThat(OwnerOnly.isOwnFile(file)).as(file.toString()).isFalse();
      assertThatThrownBy(() -> open(file))
          .isInstanceOf(FileSystemException.class)
          .hasMessage(file + ": is no file of this user alone");
    }
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void ownLinksAreFollowed() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
    OwnerOnly.createDirectory(link.resolve("spool"));
    OwnerOnly.createDirectory(link);
    assertThat(real.resolve("spool")).isDirectory();
    assertThat(rights(real)).isEqualTo("rwx------");
  }

  @Test
  void linksThatLeadInACircleEnd() throws IOException {
    Path one = Files.createSymbolicLink(folder.resolve("one"), Path.of("two"));
    Files.createSymbolicLink(folder.resolve("two"), Path.of("one"));
    assertThatThrownBy(() -> OwnerOnly.createDirectory(one)).isInstanceOf(IOException.class);
  }

  @KernelTest
  @Test
  void linksOfAnotherUserAreNotFollowed() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path foreign = Files.createSymbolicLink(folder.resolve("foreign"), real);
    Path own = Files.createSymbolicLink(folder.resolve("own"), foreign);
    giveAway(foreign);
    for (Path way : new Path[] {foreign, foreign.resolve("x"), own, own.resolve("../real")}) {
      assertThatThrownBy(() -> OwnerOnly.createDirectory(way))
          .isInstanceOf(FileSystemException.class)
          .hasMessage(way + ": " + foreign + " is a symbolic link of another user");
    }
    assertThat(real).isEmptyDirectory();
  }

  @KernelTest
  @Test
  void filesAndDirectoriesOfAnotherUserAreRefused() throws IOException {
    Path directory = Files.createDirectory(folder.resolve("directory"));
    Path file = Files.createFile(folder.resolve("file"));
    giveAway(directory);
    giveAway(file);
    assertThatThrownBy(() -> OwnerOnly.createDirectory(directory))
        .hasMessage(directory + ": belongs to another user: make it yours, as by chown 0");
    assertThatThrownBy(() -> open(file)).hasMessage(file + ": is no file of this user alone");
  }
}
