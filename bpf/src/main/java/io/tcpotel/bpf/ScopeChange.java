// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

/** How the directories and files that scope and filters name have changed. */
public enum ScopeChange {
  NONE,
  /** The scope's directory is gone: nothing is observed. */
  GONE,
  /** A name stands for another directory or file now, which is observed from here on. */
  FOLLOWED
}
