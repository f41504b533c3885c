// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.lang.reflect.Field;

/** The errors of Linux that tests name; the same numbers on x86-64 and arm64. */
public final class Errno {
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int EINVAL = 22;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETUNREACH = 101;
  public static final int ECONNABORTED = 103;
  public static final int ECONNRESET = 104;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTUNREACH = 113;
  public static final int EINPROGRESS = 115;

  private Errno() {}

  static String name(int errno) {
    for (Field field : Errno.class.getFields()) {
      try {
        if (field.getInt(null) == errno) {
          return field.getName();
        }
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return "errno " + errno;
  }
}
