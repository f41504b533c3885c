// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1", "2001:db8::a:b"})
  void aSocketAddressKeepsAddressAndPort(String address) {
    Endpoint endpoint = Endpoint.of(address, 54_321);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(Endpoint.SOCKET_ADDRESS_BYTES, 8);
      assertThat(endpoint.writeTo(memory)).isEqualTo(endpoint.isV4() ? 16 : 28);
      assertThat(Endpoint.readFrom(memory)).isEqualTo(endpoint);
    }
  }

  @Test
  void aMappedAddressIsNotItsV4Address() {
    Endpoint v4 = Endpoint.of("127.0.0.1", 80);
    Endpoint mapped = Endpoint.of("::ffff:127.0.0.1", 80);
    assertThat(mapped).isNotEqualTo(v4).isEqualTo(v4.mapped());
    assertThat(v4).hasToString("127.0.0.1:80");
    assertThat(mapped).hasToString("[::ffff:127.0.0.1]:80");
    assertThat(mapped.address()).hasSize(16).endsWith(0xff, 0xff, 127, 0, 0, 1);
  }

  @Test
  void anAddressHas4Or16Bytes() {
    assertThatThrownBy(() -> new Endpoint(new byte[5], 80)).hasMessageContaining("5 bytes");
  }
}
