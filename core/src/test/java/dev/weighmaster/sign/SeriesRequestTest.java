package dev.weighmaster.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeriesRequestTest {
  @Test
  void signaturesThatHoldAreServedFirst() {
    var requests = new ArrayList<SeriesRequest>();
    for (long size = 1; size <= 100; size++) {
      requests.add(new SeriesRequest(new DigestSeries(HashType.SHA256, Optional.of(size)), false));
    }
    var blake3 = new DigestSeries(HashType.BLAKE3, Optional.empty());
    requests.add(new SeriesRequest(blake3, true));
    requests.add(new SeriesRequest(blake3, false));
    List<DigestSeries> granted = SeriesRequest.granted(requests);
    Collections.shuffle(requests, new Random(1));

    assertThat(granted)
        .hasSize(SeriesRequest.MAX_GRANTED)
        .startsWith(blake3)
        .doesNotHaveDuplicates();
    assertThat(SeriesRequest.granted(requests)).isEqualTo(granted);
  }
}
