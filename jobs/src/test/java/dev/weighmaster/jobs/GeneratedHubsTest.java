package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hubs of several organisations, made at random from a seed: models, conversions and quantizations
 * that lie together or apart, named rightly or wrongly or not at all; then the uploads of somebody
 * who is trusted in one organisation alone.
 */
class GeneratedHubsTest {
  private static final int QUANTIZATIONS = 40;
  private static final int UPLOADS = 30;

  private TestHub hub;
  private Random random;
  private final List<String> models = new ArrayList<>();
  private final List<String> conversions = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void theThreeAgreeAndAStrangersUploadsChangeNobodyElsesVerdict(long seed, @TempDir Path folder)
      throws Exception {
    random = new Random(seed);
    hub = new TestHub(folder.resolve("hub"));
    hub.policyWith(
        "quantizers:\n",
        """
          - {models: "evil/*", signers: [{key: stranger}]}
        quantizers:
          - {repositories: "evil/*", signers: [{key: stranger}]}
        """);
    if (random.nextBoolean()) {
      hub.policy("require: {source_in_hub: false}\n");
    }
    for (int i = 0; i < 5; i++) {
      model("acme/model-" + i, random.nextInt(4) == 0 ? Signs.nobody() : ACME);
    }
    for (int i = 0; i < 8; i++) {
      conversion("quants/f16-" + i + "/base.F16.gguf");
    }
    for (int i = 0; i < QUANTIZATIONS; i++) {
      quantization("quants/q-" + i);
    }
    Path policy = hub.writePolicy(folder);
    Map<String, Agreed> before =
        AgreedVerdicts.of(folder.resolve("hub"), policy, folder.resolve("before"));
    for (int i = 0; i < UPLOADS; i++) {
      upload("evil/u-" + i, folder.resolve("hub"));
    }
    Map<String, Agreed> after =
        AgreedVerdicts.of(folder.resolve("hub"), policy, folder.resolve("after"));

    assertThat(before.values()).extracting(Agreed::verdict).contains(Verdict.VERIFIED);
    assertThat(AgreedVerdicts.without("evil", after))
        .as("seed %d", seed)
        .isEqualTo(AgreedVerdicts.without("evil", before));
  }

  private void model(String name, Signs signer) {
    hub.model(name).sign(name, signer);
    models.add(name);
  }

  private void conversion(String file) {
    String source = any(models);
    hub.write(file, gguf(GgmlType.F16, "conversion of " + source + random.nextInt(3)));
    conversions.add(file);
    TestHub.Attestation attestation = hub.attest(file).method("F16");
    switch (random.nextInt(4)) {
      case 0 -> attestation.from(any(models), hub.rootDigest(source)).by(QUANTS);
      case 1 -> attestation.from(source).by(random.nextBoolean() ? STRANGER : Signs.nobody());
      default -> attestation.from(source).by(QUANTS);
    }
  }

  private void quantization(String repository) {
    String file = repository + "/base.Q4_0.gguf";
    hub.write(file, gguf(GgmlType.Q4_0, repository));
    String model = any(models);
    if (random.nextInt(3) == 0) {
      hub.write(repository + "/README.md", "---\nbase_model: " + any(models) + "\n---\n");
    }
    switch (random.nextInt(6)) {
      case 0 -> hub.attest(file).from(model).by(QUANTS);
      case 1 -> hub.attest(file).from(model, hub.sha256(model + "/model.safetensors")).by(QUANTS);
      case 2 -> hub.attest(file).from(model, hub.sha256(any(conversions))).by(QUANTS);
      case 3 -> {
        String conversion = any(conversions);
        hub.attest(file)
            .from(repositoryOf(conversion), hub.sha256(conversion))
            // More than any half-precision scale gives: it holds if it can be checked.
            .bound(1e9)
            .by(QUANTS);
      }
      case 4 -> hub.derive(file, hub.sha256(any(conversions)), "").by(QUANTS);
      default -> {
        conversion(repository + "/base.F16.gguf");
        hub.attest(file).from(model, hub.sha256(repository + "/base.F16.gguf")).by(QUANTS);
      }
    }
  }

  /** Copies something of somebody else's, and says something of the copy. */
  private void upload(String repository, Path root) throws IOException {
    String from = random.nextBoolean() ? any(models) : repositoryOf(any(conversions));
    List<Path> files;
    try (Stream<Path> inside = Files.list(root.resolve(from))) {
      files = inside.sorted().toList();
    }
    boolean withSidecars = random.nextInt(3) == 0;
    for (Path file : files) {
      String name = file.getFileName().toString();
      boolean sidecar = name.endsWith(".sig") || name.endsWith(".sigstore.json");
      if (withSidecars || !sidecar) {
        hub.write(repository + "/" + name, Files.readAllBytes(file));
      }
    }
    if (random.nextBoolean()) {
      hub.sign(repository, STRANGER);
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(".gguf") || name.endsWith(".safetensors")) {
        hub.attest(repository + "/" + name).from(any(models)).method("F16").by(STRANGER);
      }
    }
  }

  private static String repositoryOf(String file) {
    return file.substring(0, file.lastIndexOf('/'));
  }

  private String any(List<String> names) {
    return names.get(random.nextInt(names.size()));
  }
}
