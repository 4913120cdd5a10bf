package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import dev.sigstore.KeylessVerifier;
import dev.sigstore.TrustedRootProvider;
import dev.sigstore.VerificationOptions;
import dev.sigstore.VerificationOptions.CertificateMatcher;
import dev.sigstore.bundle.Bundle;
import dev.sigstore.strings.StringMatcher;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.io.StringReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * Prints what verifying a keyless bundle costs beside sigstore-java, and what many of them cost
 * under a large policy.
 *
 * <p>The bundles are made by the in-memory Sigstore instance of the tests, each with a statement,
 * certificate, log entry and timestamp of its own. On one processor, 300 of them are checked in
 * turns with {@link BundleVerifier} and with sigstore-java's {@code KeylessVerifier}, from the
 * bytes, both warm. Then 1,000, 2,500, 5,000 and all of them are checked, three times over, and for
 * each is asked whether its signer counts, under a policy of 500 publishers and 500 quantizers,
 * half of them by a regular expression and a quarter for any repository. Of each step the least is
 * printed. Times are the process's CPU times, with compilation and garbage collection.
 *
 * <p>Arguments: an empty folder for the trust root, how many bundles under the large policy, and
 * how many turns beside sigstore-java.
 */
public final class VerifyBenchmark {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
  private static final String ISSUER = "https://token.actions.githubusercontent.com";
  private static final String DIGEST = "5e".repeat(32);

  /** Bundles of one turn beside sigstore-java. */
  private static final int BUNDLES = 300;

  private static final int WARM_UP_TURNS = 6;
  private static final int POLICY_ENTRIES = 1000;
  private static final int ROUNDS = 3;
  private static final double[] STEPS = {0.1, 0.25, 0.5, 1};

  private VerifyBenchmark() {}

  public static void main(String[] args) throws Exception {
    LocalSigstore sigstore = LocalSigstore.create(NOW);
    List<byte[]> bundles = bundles(sigstore, Integer.parseInt(args[1]));
    TrustPolicy policy = policy(sigstore);
    System.out.printf(
        Locale.ROOT,
        "%d bundles of %d bytes, %d processor, Java %s%n",
        bundles.size(),
        bundles.get(0).length,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version());
    Path root = Files.write(Path.of(args[0], "trusted_root.json"), sigstore.trustedRoot());
    besideSigstoreJava(bundles, policy, root, Integer.parseInt(args[2]));
    underALargePolicy(bundles, policy);
  }

  private static void besideSigstoreJava(
      List<byte[]> bundles, TrustPolicy policy, Path root, int turns) throws Exception {
    List<byte[]> some = bundles.subList(0, Math.min(BUNDLES, bundles.size()));
    BundleVerifier verifier = new BundleVerifier(policy);
    KeylessVerifier theirs =
        KeylessVerifier.builder().trustedRootProvider(TrustedRootProvider.from(root)).build();
    double[] differences = new double[turns];
    for (int turn = -WARM_UP_TURNS; turn < turns; turn++) {
      double ours = millis(some, (bundle, number) -> check(verifier, bundle, number));
      double sigstoreJava = millis(some, (bundle, number) -> verify(theirs, bundle, number));
      if (turn >= 0) {
        differences[turn] = ours - sigstoreJava;
        System.out.printf(
            Locale.ROOT,
            "weighmaster %.3f ms, sigstore-java %.3f ms; difference %.3f ms, ratio %.2f%n",
            ours,
            sigstoreJava,
            differences[turn],
            ours / sigstoreJava);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "median difference %.3f ms a bundle%n",
        DoubleStream.of(differences).sorted().toArray()[turns / 2]);
  }

  /**
   * Distinct bundles, in steps: what one costs must not depend on how many there are. The least of
   * a step's rounds is what it costs undisturbed.
   */
  private static void underALargePolicy(List<byte[]> bundles, TrustPolicy policy) throws Exception {
    BundleVerifier verifier = new BundleVerifier(policy);
    ChainJudge judge = new ChainJudge(policy);
    double[] signatures = new double[STEPS.length];
    double[] trust = new double[STEPS.length];
    for (int round = 0; round < ROUNDS; round++) {
      for (int step = 0; step < STEPS.length; step++) {
        var checked = new ArrayList<CheckedStatement>();
        List<byte[]> some = bundles.subList(0, (int) (STEPS[step] * bundles.size()));
        double signature =
            millis(some, (bundle, number) -> checked.add(check(verifier, bundle, number)));
        double signer =
            millis(some, (bundle, number) -> requireTrusted(judge, checked.get(number)));
        signatures[step] = round == 0 ? signature : Math.min(signature, signatures[step]);
        trust[step] = round == 0 ? signer : Math.min(signer, trust[step]);
      }
    }
    for (int step = 0; step < STEPS.length; step++) {
      System.out.printf(
          Locale.ROOT,
          "%6.0f bundles under %d entries: %.3f ms a bundle, of them %.3f ms for whom to trust%n",
          STEPS[step] * bundles.size(),
          POLICY_ENTRIES,
          signatures[step] + trust[step],
          trust[step]);
    }
  }

  private static void requireTrusted(ChainJudge judge, CheckedStatement statement) {
    if (judge.problemOf(statement).isPresent()) {
      throw new IllegalStateException("the policy does not trust " + statement.repository());
    }
  }

  private static CheckedStatement check(BundleVerifier verifier, byte[] bundle, int number) {
    CheckedStatement statement =
        verifier.check(repository(number), "", "model.sig", bundle, Sha256Hex.of(bundle)).get(0);
    if (!statement.signature().holds()) {
      throw new IllegalStateException("bundle " + number + ": " + statement.signature().failure());
    }
    return statement;
  }

  private static void verify(KeylessVerifier verifier, byte[] bundle, int number) throws Exception {
    verifier.verify(
        HexFormat.of().parseHex(DIGEST),
        Bundle.from(new StringReader(new String(bundle, UTF_8))),
        VerificationOptions.builder()
            .addCertificateMatchers(
                CertificateMatcher.fulcio()
                    .subjectAlternativeName(StringMatcher.string(identity(number)))
                    .issuer(StringMatcher.string(ISSUER))
                    .build())
            .build());
  }

  private static List<byte[]> bundles(LocalSigstore sigstore, int count) {
    var bundles = new ArrayList<byte[]>();
    for (int number = 0; number < count; number++) {
      byte[] statement =
          new QuantizationAttestation(
                  "acme/base-" + number,
                  Optional.empty(),
                  DIGEST,
                  Optional.empty(),
                  Optional.of("gguf"),
                  "Q4_K_M",
                  "llama.cpp/llama-quantize",
                  Optional.of("b6942"),
                  NOW)
              .statement(List.of(new Subject("model.gguf", Optional.of(DIGEST))));
      bundles.add(sigstore.sign(statement, identity(number), ISSUER));
    }
    return bundles;
  }

  /** As many publishers as quantizers; every fourth speaks for any repository. */
  private static TrustPolicy policy(LocalSigstore sigstore) throws Exception {
    var publishers = new StringBuilder();
    var quantizers = new StringBuilder();
    for (int org = 0; org < POLICY_ENTRIES / 2; org++) {
      String signer =
          org % 2 == 0
              ? "identity_regex: 'https://github\\.com/org-%d/.*/release\\.yml@refs/tags/.*'"
              : "identity: 'https://github.com/org-%d/m/.github/workflows/release.yml@refs/tags/v1'";
      String entry =
          "  - {%s: '%s', signers: [{root: s, %s, issuer: '%s'}]}%n"
              .formatted(
                  "%s", org % 4 == 0 ? "*/*" : "org-" + org + "/*", signer.formatted(org), ISSUER);
      publishers.append(entry.formatted("models"));
      quantizers.append(entry.formatted("repositories"));
    }
    String policy =
        "version: 1\ntrust_roots: [{name: s, sigstore: root.json}]\npublishers:\n"
            + publishers
            + "quantizers:\n"
            + quantizers;
    return TrustPolicy.parse(
        PolicySource.of(
            "policy.yaml", policy.getBytes(UTF_8), Map.of("root.json", sigstore.trustedRoot())));
  }

  private static String repository(int number) {
    return "org-" + number % (POLICY_ENTRIES / 2) + "/model-" + number;
  }

  private static String identity(int number) {
    return "https://github.com/org-%d/m/.github/workflows/release.yml@refs/tags/v1"
        .formatted(number % (POLICY_ENTRIES / 2));
  }

  private interface Work {
    void run(byte[] bundle, int number) throws Exception;
  }

  /** The whole process's time on the processor, which other processes don't change. */
  private static double millis(List<byte[]> bundles, Work work) throws Exception {
    long start = SYSTEM.getProcessCpuTime();
    for (int number = 0; number < bundles.size(); number++) {
      work.run(bundles.get(number), number);
    }
    return (SYSTEM.getProcessCpuTime() - start) / 1e6 / bundles.size();
  }
}
