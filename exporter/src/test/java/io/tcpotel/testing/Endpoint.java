// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/**
 * One end of a connection as its socket has it: 4 address bytes for AF_INET, 16 for AF_INET6, and
 * the port.
 */
public record Endpoint(byte[] address, int port) {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCKET_ADDRESS_BYTES = 28; // struct sockaddr_in6, the longer of the two

  private static final int V4_SOCKET_ADDRESS_BYTES = 16;
  private static final ValueLayout.OfShort PORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  /**
   * From the text of an address; {@code ::ffff:a.b.c.d} stays 16 bytes, which InetAddress does not
   * do.
   */
  public static Endpoint of(String address, int port) {
    byte[] bytes = InetAddress.ofLiteral(address).getAddress();
    boolean mapped = bytes.length == 4 && address.indexOf(':') >= 0;
    return new Endpoint(mapped ? map(bytes) : bytes, port);
  }

  public boolean isV4() {
    return address.length == 4;
  }

  int family() {
    return isV4() ? AF_INET : AF_INET6;
  }

  /** Writes struct sockaddr_in or sockaddr_in6; returns its size. */
  int writeTo(MemorySegment memory) {
    memory.asSlice(0, SOCKET_ADDRESS_BYTES).fill((byte) 0);
    memory.set(ValueLayout.JAVA_SHORT, 0, (short) family());
    memory.set(PORT, 2, (short) port);
    MemorySegment.copy(address, 0, memory, JAVA_BYTE, isV4() ? 4 : 8, address.length);
    return isV4() ? V4_SOCKET_ADDRESS_BYTES : SOCKET_ADDRESS_BYTES;
  }

  static Endpoint readFrom(MemorySegment memory) {
    boolean v4 = memory.get(ValueLayout.JAVA_SHORT, 0) == AF_INET;
    byte[] address = new byte[v4 ? 4 : 16];
    MemorySegment.copy(memory, JAVA_BYTE, v4 ? 4 : 8, address, 0, address.length);
    return new Endpoint(address, Short.toUnsignedInt(memory.get(PORT, 2)));
  }

  private static byte[] map(byte[] v4) {
    byte[] bytes = new byte[16];
    bytes[10] = -1;
    bytes[11] = -1;
    System.arraycopy(v4, 0, bytes, 12, 4);
    return bytes;
  }

  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(address).getHostAddress() + ":" + port;
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // only for a wrong length
    }
  }
}
