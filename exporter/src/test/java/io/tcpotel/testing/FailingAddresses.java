// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

/**
 * Addresses of one family that a connect in the namespace fails to reach, each in its own way.
 *
 * @param silent takes every SYN and answers none: ETIMEDOUT, after seconds that {@link
 *     TestSocket#synRetries} sets
 * @param neighbourless on the link, but nobody answers for it: EHOSTUNREACH after 3 s (three
 *     questions, a second apart)
 * @param unrouted behind no route: ENETUNREACH at once, without a SYN
 */
public record FailingAddresses(String silent, String neighbourless, String unrouted) {
  // 198.18.0.0/15 (RFC 2544) and 2001:db8::/32 (RFC 3849) belong to nobody.
  static final FailingAddresses V4 = new FailingAddresses("198.18.0.2", "198.18.0.3", "198.19.0.1");
  static final FailingAddresses V6 =
      new FailingAddresses("2001:db8::2", "2001:db8::3", "2001:db8:1::1");

  /**
   * Makes them so in {@code namespace}. The other end of the link is in the same namespace: it has
   * none of the addresses, so it answers no ARP for them, and it ignores frames sent to another
   * hardware address than its own.
   */
  static void setUp(TestNamespace namespace) {
    String neighbour = "lladdr 02:00:00:00:00:02 nud permanent dev near";
    namespace.ip("link add near type veth peer name far");
    namespace.ip("address add 198.18.0.1/24 dev near");
    namespace.ip("address add 2001:db8::1/64 dev near nodad");
    namespace.ip("link set near up");
    namespace.ip("link set far up");
    namespace.ip("neighbour add " + V4.silent + " " + neighbour);
    namespace.ip("neighbour add " + V6.silent + " " + neighbour);
  }
}
