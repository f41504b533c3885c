// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import io.tcpotel.bpf.libbpf.__user_cap_data_struct;
import io.tcpotel.bpf.libbpf.__user_cap_header_struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Takes the calling thread's capabilities away for good, also from a program that it executes
 * (capabilities(7)).
 */
final class CapabilityDrop {
  private static final int CAPABILITY_BITS = 64;

  private CapabilityDrop() {}

  /** Leaves those of {@code kept}, one bit each, if the thread holds them. */
  static void allBut(long kept) {
    // Root's execve gains the bounding set, which can be emptied with CAP_SETPCAP only; under
    // no_new_privs it gains nothing either way.
    require(Libbpf.prctl(Libbpf.PR_SET_NO_NEW_PRIVS(), 1, 0, 0, 0));
    for (int capability = 0; capability < CAPABILITY_BITS; capability++) {
      if ((kept >>> capability & 1) == 0) {
        Libbpf.prctl(Libbpf.PR_CAPBSET_DROP(), capability, 0, 0, 0);
      }
    }
    require(Libbpf.prctl(Libbpf.PR_CAP_AMBIENT(), Libbpf.PR_CAP_AMBIENT_CLEAR_ALL(), 0, 0, 0));
    set(kept);
    // Another user than root keeps across an execve what is ambient.
    for (int capability = 0; capability < CAPABILITY_BITS; capability++) {
      if ((kept >>> capability & 1) != 0) {
        int raise = Libbpf.PR_CAP_AMBIENT_RAISE();
        require(Libbpf.prctl(Libbpf.PR_CAP_AMBIENT(), raise, capability, 0, 0));
      }
    }
  }

  private static void set(long kept) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = __user_cap_header_struct.allocate(arena);
      __user_cap_header_struct.version(header, Libbpf._LINUX_CAPABILITY_VERSION_3());
      MemorySegment data = __user_cap_data_struct.allocateArray(2, arena);
      for (int half = 0; half < 2; half++) {
        MemorySegment word = __user_cap_data_struct.asSlice(data, half);
        int bits = (int) (kept >>> Integer.SIZE * half);
        __user_cap_data_struct.effective(word, bits);
        __user_cap_data_struct.permitted(word, bits);
        __user_cap_data_struct.inheritable(word, bits);
      }
      require(Libbpf.capset(header, data));
    }
  }

  private static void require(int result) {
    if (result != 0) {
      int errno = NativeCall.errno();
      throw Failure.missing("give up capabilities", Errno.describe(errno), "please report it");
    }
  }
}
