// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

/** A system call that failed, with the call's name and its errno. */
public final class PosixException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  PosixException(String call, int errno) {
    super(call + ": " + Errno.name(errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }
}
