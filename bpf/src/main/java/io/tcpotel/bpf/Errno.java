// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.util.Map;

/** Names for the error numbers of Linux that loading, attaching and mapping can end with. */
final class Errno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EACCES = 13;
  static final int EINVAL = 22;
  static final int EMFILE = 24;
  static final int ENOSYS = 38;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM, operation not permitted"),
          Map.entry(ENOENT, "ENOENT, no such file or directory"),
          Map.entry(7, "E2BIG, argument list too long"),
          Map.entry(9, "EBADF, bad file descriptor"),
          Map.entry(12, "ENOMEM, out of memory"),
          Map.entry(EACCES, "EACCES, permission denied"),
          Map.entry(16, "EBUSY, device or resource busy"),
          Map.entry(20, "ENOTDIR, not a directory"),
          Map.entry(EINVAL, "EINVAL, invalid argument"),
          Map.entry(EMFILE, "EMFILE, too many open files"),
          Map.entry(ENOSYS, "ENOSYS, function not implemented"),
          Map.entry(95, "EOPNOTSUPP, operation not supported"));

  private Errno() {}

  static String describe(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }

  static boolean isPermission(int errno) {
    return errno == EPERM || errno == EACCES;
  }
}
