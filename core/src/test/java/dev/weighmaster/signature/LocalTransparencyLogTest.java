package dev.weighmaster.signature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalTransparencyLogTest {
  @Test
  void aProofLeadsToTheRootHashThatRfc6962Defines() {
    List<byte[]> bodies = new ArrayList<>();
    for (byte first = 0; first < 7; first++) {
      bodies.add(new byte[] {first});
    }
    LocalTransparencyLog log = LocalTransparencyLog.version1(LocalKey.generate(), "log.example");
    for (byte next = 7; next < 40; next++) {
      byte[] body = {next};
      bodies.add(body);

      LocalTransparencyLog.Inclusion inclusion = log.append(body);

      assertThat(inclusion.index()).isEqualTo(next);
      assertThat(inclusion.treeSize()).isEqualTo(bodies.size());
      assertThat(inclusion.root(body)).isEqualTo(treeHash(bodies));
    }
  }

  /** Section 2.1, word for word. */
  private static byte[] treeHash(List<byte[]> bodies) {
    if (bodies.size() == 1) {
      return LocalKey.sha256(new byte[] {0}, bodies.get(0));
    }
    int split = Integer.highestOneBit(bodies.size() - 1);
    return LocalKey.sha256(
        new byte[] {1},
        treeHash(bodies.subList(0, split)),
        treeHash(bodies.subList(split, bodies.size())));
  }
}
