// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import java.util.Set;

/** Ports as the one value of an option, which is read and refused as a whole. */
record PortList(Set<Integer> ports) {
  static final PortList NONE = new PortList(Set.of());
}
