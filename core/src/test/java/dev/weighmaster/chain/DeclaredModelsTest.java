package dev.weighmaster.chain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclaredModelsTest {
  @ParameterizedTest
  @CsvSource({
    "acme/base, acme/base, false",
    "Acme/BASE, acme/base, false",
    "https://huggingface.co/acme/base, acme/base, false",
    "acme/base@main, acme/base, false",
    "acme/other, acme/base, true",
    "other/base, acme/base, true",
    // A bare name is the last part of any repository's.
    "base, acme/base, false",
    "BASE, acme/base, false",
    "as, acme/base, true",
    "acme, acme/base, true",
    "acme/base, base, true",
    // Renamed, as the policy says.
    "acme/old, acme/base, false",
    "acme/base, acme/old, false",
    "old, acme/old, false",
    "base, acme/old, false",
    // What is no id is compared as it stands.
    "s3://bucket/base, s3://bucket/base, false",
    "s3://bucket/base, s3://bucket/Base, true",
    // A path says nothing.
    "./base, acme/base, false",
    "/models/other, acme/base, false",
  })
  void aDeclaredModelContradictsARepositoryOfAnotherName(
      String declared, String repository, boolean contradicts) throws Exception {
    assertThat(models(List.of(declared)).contradict(List.of(repository))).isEqualTo(contradicts);
  }

  @Test
  void oneOfSeveralModelsIsEnough() throws Exception {
    assertThat(models(List.of("other/x", "acme/base")).contradict(List.of("a/b", "acme/base")))
        .isFalse();
    assertThat(models(List.of("other/x", "other/y")).contradict(List.of("a/b", "acme/base")))
        .isTrue();
    assertThat(models(List.of()).contradict(List.of("acme/base"))).isFalse();
    assertThat(models(List.of("acme/base")).contradict(List.of())).isTrue();
  }

  @Test
  void onlyWholeIdsAreLookedUpInTheHub() throws Exception {
    DeclaredModels models = models(List.of("acme/base@main", "base", "./base", "s3://bucket/base"));

    assertThat(models.repositories()).containsExactly("acme/base");
    assertThat(models.names()).containsExactly("acme/base", "base", "s3://bucket/base");
  }

  private static DeclaredModels models(List<String> texts) throws Exception {
    return DeclaredModels.of(
        texts,
        TrustPolicy.parse(
            PolicySource.of(
                "policy.yaml",
                "{version: 1, aliases: [{from: acme/old, to: acme/base}]}".getBytes(UTF_8),
                Map.of())));
  }
}
