// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CollectorAddressTest {
  @ParameterizedTest
  @CsvSource({
    "http://collector:4318, collector, 4318, collector:4318",
    "HTTP://Collector.example.org./, Collector.example.org., 4317, Collector.example.org.:4317",
    "http://otel_collector:9, otel_collector, 9, otel_collector:9",
    "http://web.1:9, web.1, 9, web.1:9",
    "http://köln.example:1, xn--kln-sna.example, 1, xn--kln-sna.example:1",
    "http://127.1:65535, 127.0.0.1, 65535, 127.0.0.1:65535",
    "https://10.0.0.7, 10.0.0.7, 4317, 10.0.0.7:4317",
    "https://[2001:db8::1]:7, 2001:db8::1, 7, [2001:db8::1]:7",
    "http://[fe80::1%25eth0]:7, fe80::1%eth0, 7, [fe80::1]:7",
    "http://[fe80::1%br-1]:7, fe80::1%br-1, 7, [fe80::1]:7",
    "https://[fe80::1%25a%2Eb]:7, fe80::1%a.b, 7, [fe80::1]:7"
  })
  void takesWhatTheResolverTakes(String url, String host, int port, String authority) {
    CollectorAddress address = CollectorAddress.parse(url);
    assertThat(address.scheme()).isEqualToIgnoringCase(url.split(":")[0]).isLowerCase();
    assertThat(address.host()).isEqualTo(host);
    assertThat(address.port()).isEqualTo(port);
    assertThat(address.authority()).isEqualTo(authority);
    assertThat(CollectorAddress.parse(address.toString())).isEqualTo(address);
    assertThat(CollectorResolver.target(address)).satisfies(URI::create);
  }

  @ParameterizedTest
  @CsvSource({
    "collector:4317, begins with neither",
    "ftp://collector, begins with neither",
    "http://, no host",
    "http://:4317, no host",
    "http://a..b, no host",
    "http://a b, no host",
    "http://a%20b, no host",
    "http://é é, no host",
    "http://é..x, no host",
    "http://1.2.3.4.5, an address that is none",
    "http://256.0.0.1, an address that is none",
    "http://collector:0, has a port",
    "http://collector:65536, has a port",
    "http://collector:99999999999, has a port",
    "http://collector:, has a port",
    "http://collector:+1, has a port",
    "http://2001:db8::1:4317, needs brackets",
    "http://[collector]:1, around something else",
    "http://[::g]:1, an address that is none",
    "http://[::1, needs brackets",
    "http://[::1]x:1, no host",
    "http://collector/v1/logs, more than",
    "http://collector?a=1, more than",
    "http://collector#a, more than",
    "http://user:sesame@collector, user name or password",
    "http://sesame@collector, user name or password",
    "https://otel_collector, no certificate",
    "https://web.1, no certificate"
  })
  void saysWhyItIsNoneWithoutCitingIt(String url, String reason) {
    assertThatThrownBy(() -> CollectorAddress.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("sesame");
  }

  @Test
  void headersAreShownToOthersOnlyInPlainTextAndBeyondThisMachine() throws Exception {
    assertThat(showsHeaders("http://collector", true)).isTrue();
    assertThat(showsHeaders("http://10.0.0.7", true)).isTrue();
    assertThat(showsHeaders("http://collector", false)).isFalse();
    assertThat(showsHeaders("https://collector", true)).isFalse();
    for (String own : new String[] {"localhost", "127.0.0.9", "127.1", "[::1]"}) {
      assertThat(showsHeaders("http://" + own, true)).as(own).isFalse();
      assertThat(InetAddress.getByName(own).isLoopbackAddress()).as(own).isTrue();
    }
  }

  private static boolean showsHeaders(String url, boolean hasHeaders) {
    TlsFiles none = new TlsFiles(null, null, null);
    return new CollectorTarget(CollectorAddress.parse(url), none, hasHeaders).showsHeaders();
  }
}
