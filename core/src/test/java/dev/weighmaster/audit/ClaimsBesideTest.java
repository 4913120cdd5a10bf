package dev.weighmaster.audit;

import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.chain.TestHub;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsBesideTest {
  private static final String FOLDER = "quants/base-GGUF/";
  private static final String Q4 = FOLDER + "base-Q4_0.gguf";
  private static final String OTHER = FOLDER + "other-Q4_0.gguf";

  @TempDir private Path directory;
  private TestHub hub;

  @BeforeEach
  void twoQuantizations() {
    hub = new TestHub(directory).model("acme/base");
    hub.write(Q4, gguf(GgmlType.Q4_0, "one")).write(OTHER, gguf(GgmlType.Q4_0, "other"));
  }

  private ClaimsBeside claims() throws IOException {
    Storage storage = new LocalStorage(directory);
    return ClaimsBeside.read(storage, List.of(storage.stat(Q4)));
  }

  private List<AttestedBounds> beside(String... files) throws IOException {
    Set<String> digests = new HashSet<>();
    for (String file : files) {
      digests.add(Sha256Hex.of(Files.readAllBytes(directory.resolve(file))));
    }
    return claims().of(digests);
  }

  private static Stream<Double> errors(List<AttestedBounds> bounds) {
    return bounds.stream().flatMap(each -> each.claims().stream()).map(ErrorBound::rmse);
  }

  @Test
  void whoeverSignedTheyAreFound() throws IOException {
    hub.attest(Q4).from("acme/base").bound(1).by(QUANTS);
    hub.attest(Q4).from("acme/base").bound(2).in(FOLDER + "b.sigstore.json").by(STRANGER);
    hub.attest(Q4).from("acme/base").bound(3).in(FOLDER + "c.intoto.jsonl").by(Signs.nobody());

    assertThat(errors(beside(Q4))).containsExactly(1.0, 2.0, 3.0);
    assertThat(beside(Q4).get(1).sidecar()).isEqualTo("b.sigstore.json");
  }

  @Test
  void thoseOfOtherBytesOrWithoutBoundsAreNot() throws IOException {
    hub.attest(OTHER).from("acme/base").bound(1).by(QUANTS);
    hub.attest(Q4).from("acme/base").by(QUANTS);
    assertThat(beside(Q4)).isEmpty();
    hub.attest(Q4).from("acme/base").bound(1).by(QUANTS);
    assertThat(beside(Q4)).hasSize(1);

    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));

    assertThat(beside(Q4)).isEmpty();
  }

  @Test
  void ofASetEveryFileMustBeAttested() throws IOException {
    hub.attest(Q4).from("acme/base").bound(1).by(QUANTS);
    assertThat(beside(Q4, OTHER)).isEmpty();

    hub.attest(Q4, OTHER).from("acme/base").bound(1).by(QUANTS);

    assertThat(beside(Q4, OTHER)).hasSize(1);
  }

  @Test
  void whatIsNoStatementIsPassedOver() throws IOException {
    hub.write(FOLDER + "a.sigstore.json", "{}").write(FOLDER + "b.sig", "not JSON");
    hub.sign("quants/base-GGUF", QUANTS);

    assertThat(beside(Q4)).isEmpty();
  }

  @Test
  void whoClaimsNothingNeedsNoDigests() throws IOException {
    hub.attest(Q4).from("acme/base").by(QUANTS);
    assertThat(claims().isEmpty()).isTrue();

    hub.attest(OTHER).from("acme/base").bound(1).by(QUANTS);

    assertThat(claims().isEmpty()).isFalse();
  }

  @Test
  void ofTooManySidecarsThoseOfItsOwnNameAreReadAndTheOthersAreCounted() throws IOException {
    for (int i = 0; i < ClaimsBeside.MOST_SIDECARS + 4; i++) {
      hub.write(FOLDER + "a%03d.sig".formatted(i), "x");
    }
    hub.attest(Q4).from("acme/base").bound(1).by(QUANTS);
    hub.attest(Q4).from("acme/base").bound(2).in(FOLDER + "z.sigstore.json").by(QUANTS);

    assertThat(errors(beside(Q4))).containsExactly(1.0);
    assertThat(claims().unread()).isEqualTo(6);
  }

  @Test
  void sidecarsThatAreTooLargeTogetherAreLeftOutAndTheOthersAreRead() throws IOException {
    for (String name : List.of("a.sig", "b.sig", "c.sig")) {
      try (RandomAccessFile sparse =
          new RandomAccessFile(directory.resolve(FOLDER + name).toFile(), "rw")) {
        sparse.setLength(ClaimsBeside.MOST_BYTES / 2);
      }
    }
    hub.attest(Q4).from("acme/base").bound(1).by(QUANTS);
    hub.attest(Q4).from("acme/base").bound(2).in(FOLDER + "z.sigstore.json").by(QUANTS);

    assertThat(errors(beside(Q4))).containsExactly(1.0, 2.0);
    assertThat(claims().unread()).isEqualTo(2);
  }
}
