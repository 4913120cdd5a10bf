package dev.weighmaster.audit;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.TestHub;
import dev.weighmaster.chain.TestHub.Measured;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubBoundsTest {
  private static final String F16 = "acme/base/base-F16.gguf";
  private static final String Q4 = "quants/base-GGUF/base-Q4_0.gguf";
  private static final String SIDECAR = Q4 + ".quantization.sigstore.json";

  @TempDir private Path directory;
  private TestHub hub;

  @BeforeEach
  void aQuantizationOfASignedFile() {
    hub = new TestHub(directory);
    hub.write(F16, gguf(GgmlType.F16, "source")).sign("acme/base", ACME);
    hub.write(Q4, gguf(GgmlType.Q4_0, "quantization"));
  }

  private Measured claiming(double error) {
    hub.attest(Q4).from("acme/base", hub.sha256(F16)).bound(error).by(QUANTS);
    return hub.measure(Q4);
  }

  @Test
  void boundsThatHoldLeaveTheVerdict() {
    Measured measured = claiming(1e9);

    assertThat(measured.judgement().reason()).isEqualTo(Reason.OK);
    assertThat(measured.bounds().orElseThrow().hold()).isEqualTo(1);
  }

  @Test
  void boundsThatTheWeightsExceedBreakTheAttestation() {
    Measured measured = claiming(0.001);

    assertThat(measured.judgement().reason()).isEqualTo(Reason.BOUNDS_EXCEEDED);
    assertThat(measured.judgement().links().get(0).holds()).isFalse();
    assertThat(measured.bounds().orElseThrow().exceeded()).isEqualTo(1);
    assertThat(measured.bounds().orElseThrow().detail()).contains(measured.judgement().detail());
    assertThat(hub.judge(Q4).reason()).as("without a measurement").isEqualTo(Reason.OK);
  }

  @Test
  void aStatementThatClaimsNoneIsNotReported() {
    hub.attest(Q4).from("acme/base", hub.sha256(F16)).by(QUANTS);

    assertThat(hub.measure(Q4).bounds()).isEmpty();
    hub.remove(SIDECAR);
    assertThat(hub.measure(Q4).bounds()).isEmpty();
  }

  @Test
  void aChainThatDoesNotHoldIsNotMeasured() {
    hub.remove("acme/base/model.sig");

    Measured measured = claiming(0.001);

    assertThat(measured.judgement().reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
    assertThat(measured.bounds().orElseThrow().unchecked()).isEqualTo(1);
    assertThat(measured.bounds().orElseThrow().detail())
        .contains("the chain to the source does not hold");
  }

  @Test
  void aModelIsMeasuredByTheWeightsThatItsSignatureCovers() {
    hub.remove("acme/base/model.sig").signFile(F16, ACME);
    hub.write("acme/base/base-Q8_0.gguf", gguf(GgmlType.Q8_0, "beside"));
    String model =
        ModelSigner.manifest(
                List.of(new Resource("base-F16.gguf", 0, Optional.empty(), hub.sha256(F16))),
                List.of(),
                false)
            .rootDigest();
    hub.attest(Q4).from("acme/base", model).bound(1e9).by(QUANTS);

    Measured measured = hub.measure(Q4);

    assertThat(measured.judgement().reason()).isEqualTo(Reason.OK);
    assertThat(measured.bounds().orElseThrow().hold()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {F16, Q4, SIDECAR})
  void nothingIsSaidOfWeightsThatChangeMeanwhile(String changed) {
    claiming(1e9);

    Measured measured = hub.measure(Q4, () -> hub.write(changed, gguf(GgmlType.F16, "another")));

    assertThat(measured.judgement().reason()).isEqualTo(Reason.CHANGED_DURING_READ);
  }
}
