// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

/**
 * The name of a peer by the names file. There is one object for each name, for as long as the
 * program runs.
 *
 * @param number a small number of this name alone, from 1 on
 * @param name service.peer.name
 * @param namespace service.peer.namespace; empty if the file gives none
 */
public record PeerName(int number, String name, String namespace) {
  /** Of a name and of a namespace, in UTF-8: as many as a label of DNS has. */
  public static final int MAX_BYTES = 63;
}
