// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import java.util.ArrayList;
import java.util.List;

/**
 * This machine as one that lacks tools: in a mount namespace, where files of the system can be
 * removed without being gone. For root alone.
 */
final class Machine {
  /** Each JDK that the scripts would find. */
  static final List<String> JDKS = List.of("/usr/lib/jvm", "/usr/bin/java", "/usr/local/lib/jvm");

  private static final String PREPARATION =
      """
      mount -t tmpfs none "$0"
      mkdir "$0/upper" "$0/work"
      mount -t overlay -o "lowerdir=/usr,upperdir=$0/upper,workdir=$0/work" none /usr
      mount -t tmpfs none /opt
      while [ "$1" != -- ]; do
        rm -rf -- $1
        shift
      done
      shift
      exec "$@"
      """;

  private Machine() {}

  /**
   * What stands before a command that is to run where {@code files} are missing; these may be
   * patterns of the shell.
   */
  static List<String> without(Checkout checkout, List<String> files) {
    List<String> words = new ArrayList<>(List.of("unshare", "-m", "sh", "-euc", PREPARATION));
    words.add(checkout.mountPoint().toString());
    words.addAll(files);
    words.add("--");
    return words;
  }
}
