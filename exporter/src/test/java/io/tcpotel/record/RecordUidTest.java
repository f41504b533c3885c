// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RecordUidTest {
  private static UUID uid(RecordImage image) {
    RecordUid uid = new RecordUid();
    uid.take(image.view());
    return new UUID(uid.high(), uid.low());
  }

  @Test
  void aRecordThatIsReadAgainHasTheSame() {
    assertThat(uid(RecordImage.close())).isEqualTo(uid(RecordImage.close()));
  }

  @Test
  void itIsAUuidOfVersion8() {
    for (int time = 1; time < 100; time++) {
      UUID uid = uid(RecordImage.close().closeNs(time));
      assertThat(uid.version()).isEqualTo(8);
      assertThat(uid.variant()).isEqualTo(2);
    }
  }

  @Test
  void recordsThatDifferInOneRespectHaveDifferentOnes() {
    Set<UUID> uids = new HashSet<>();
    for (RecordImage image :
        List.of(
            RecordImage.close(),
            RecordImage.update(),
            RecordImage.close().socketCookie(6),
            RecordImage.close().generation(6),
            RecordImage.close().localAddress("10.9.8.7").peerAddress("10.1.2.3"),
            RecordImage.close().localAddress("2001:db8::1"),
            RecordImage.close().peerAddress("2001:db8::1"),
            RecordImage.close().ports(5432, 41528),
            RecordImage.close().closeNs(6))) {
      assertThat(uids.add(uid(image))).isTrue();
    }
  }
}
