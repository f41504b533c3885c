// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Files and directories that are this process's user's alone: the addresses of connections are
 * private. No symbolic link is followed that another user than root has put there.
 */
public final class OwnerOnly {
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int ROOT = 0;

  /** The kernel's own limit, MAXSYMLINKS of include/linux/namei.h. */
  private static final int MAX_LINKS = 40;

  private OwnerOnly() {}

  /** Makes {@code directory} if there is none, and takes every right to it from others. */
  public static void createDirectory(Path directory) throws IOException {
    requireTrustedLinks(directory);
    Files.createDirectories(directory, attribute(DIRECTORY));
    requireOwn(directory.toRealPath());
    narrow(directory, DIRECTORY);
  }

  /**
   * Opens a file in a directory of {@link #createDirectory}; one that is there already is no link,
   * is no other file under a second name, and loses every right of others.
   */
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    boolean exists = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    if (exists && !isOwnFile(file)) {
      throw new FileSystemException(file.toString(), null, "is no file of this user alone");
    }
    Set<OpenOption> all = new HashSet<>(List.of(options));
    all.add(LinkOption.NOFOLLOW_LINKS);
    FileChannel channel = FileChannel.open(file, all, attribute(FILE));
    if (exists) {
      narrow(file, FILE);
    }
    return channel;
  }

  /** Whether it is a regular file, no link, of this user and without a second name. */
  public static boolean isOwnFile(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && owner(file) == user()
        && number(file, "nlink") == 1;
  }

  /** Throws if one of the symbolic links on the way to {@code file} is another user's. */
  public static void requireTrustedLinks(Path file) throws IOException {
    Path foreign = foreignLink(file.toAbsolutePath(), user(), 0);
    if (foreign != null) {
      throw new FileSystemException(
          file.toString(), null, foreign + " is a symbolic link of another user");
    }
  }

  /** The first one; null if there is none. */
  private static Path foreignLink(Path file, int user, int depth) throws IOException {
    Path way = file.getRoot();
    Path foreign = null;
    for (Path name : file) {
      way = way.resolve(name);
      if (foreign == null && Files.isSymbolicLink(way) && depth < MAX_LINKS) {
        Path target = way.resolveSibling(Files.readSymbolicLink(way));
        boolean trusted = owner(way) == ROOT || owner(way) == user;
        foreign = trusted ? foreignLink(target, user, depth + 1) : way;
      }
    }
    return foreign;
  }

  private static void requireOwn(Path directory) throws IOException {
    if (owner(directory) != user()) {
      throw new FileSystemException(
          directory.toString(),
          null,
          "belongs to another user: make it yours, as by chown " + user());
    }
  }

  private static void narrow(Path file, Set<PosixFilePermission> rights) throws IOException {
    if (!Files.getPosixFilePermissions(file).equals(rights)) {
      Files.setPosixFilePermissions(file, rights);
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> attribute(
      Set<PosixFilePermission> rights) {
    return PosixFilePermissions.asFileAttribute(rights);
  }

  private static int owner(Path file) throws IOException {
    return number(file, "uid");
  }

  private static int number(Path file, String attribute) throws IOException {
    return (int) Files.getAttribute(file, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
  }

  /** The user that owns the files that this process makes. */
  private static int user() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("Uid:")) {
        return Integer.parseUnsignedInt(line.split("\\s+")[4]); // real, effective, saved, of files
      }
    }
    throw new IOException(STATUS + " names no user");
  }
}
