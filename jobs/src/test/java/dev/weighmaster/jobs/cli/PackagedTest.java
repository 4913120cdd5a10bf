package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.ShortRuns;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.weigh.WeighableModel;
import dev.weighmaster.sign.LocalServices;
import dev.weighmaster.sign.LocalServices.Fault;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The jar and the launch script, as the build leaves them; runs after the jar is made. */
@Tag("packaged")
class PackagedTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));

  /** Packages that are ours, or that no cluster has. */
  private static final Pattern OWN_OR_ALONE =
      Pattern.compile(
          "(com/github/packageurl|dev/(weighmaster|sigstore)|gg/jte|io/(grpc/netty/shaded|intoto)"
              + "|me/tongfei|org/(cyclonedx|duckdb|erdtman|jline)"
              + "|picocli)/");

  private static final KeyPair KEY = TestKeys.generate("secp256r1");

  @TempDir private Path elsewhere;

  @Test
  void theScriptRunsThroughALinkFromAnyDirectory() throws Exception {
    Path link = Files.createSymbolicLink(elsewhere.resolve("w m"), ROOT.resolve("bin/weighmaster"));

    Result result = run(link.toString(), "--version");
    Files.delete(link);

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).matches("weighmaster \\d+\\.\\d+.*\\n");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void theScriptReadsEveryNameWithoutAUtf8Locale() throws Exception {
    Path weights = elsewhere.resolve("hub/nobody/base/\u00e4\u6587.gguf");
    Files.createDirectories(weights.getParent());
    Files.write(weights, SmallHub.quantization());

    Result result =
        run(
            Map.of("LC_ALL", "C", "LANG", "C"),
            ROOT.resolve("bin/weighmaster").toString(),
            "verify",
            "hub/nobody/base",
            "--hub",
            "hub");

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("\u00e4\u6587.gguf");
    assertThat(result.exitCode()).isEqualTo(1);
  }

  @Test
  void weighComputesInVectorsAndTheOthersDoNotNameTheModule() throws Exception {
    WeighableModel model = new WeighableModel("blk.0.attn_q.weight");
    model.write(elsewhere.resolve("base-F16.gguf"), GgmlType.F16);
    model.write(elsewhere.resolve("base-Q4_K.gguf"), GgmlType.Q4_K);
    String script = ROOT.resolve("bin/weighmaster").toString();

    // The first run may leave an archive of classes, and the second use it.
    for (int run = 0; run < 2; run++) {
      Result result = run(script, "weigh", "base-Q4_K.gguf", "--source", "base-F16.gguf");

      assertThat(result.err())
          .isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector\n");
      assertThat(result.out()).contains("base-Q4_K.gguf is EXACT");
      assertThat(result.exitCode()).isZero();
    }
    assertThat(run(script, "inspect", "base-Q4_K.gguf").err()).isEmpty();
  }

  @Test
  void anEmbeddedRunSaysNothingButItsMessageAndLeavesNothingBehind() throws Exception {
    Result result =
        run(ROOT.resolve("bin/weighmaster").toString(), "sql", "--table", "nowhere", "SELECT 1");

    assertThat(result.err()).startsWith("weighmaster: no audit table at nowhere").hasLineCount(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(ExitCode.ERROR);
    assertThat(elsewhere.resolve("spark-warehouse")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "nowhere, table, 'the hub HERE/nowhere can''t be listed: '",
    "hub, file/table, 'the audit table file/table can''t be written: '",
  })
  void anAuditThatCanNotBeDoneSaysWhyInOneLine(String hub, String table, String message)
      throws Exception {
    Files.createDirectory(elsewhere.resolve("hub"));
    Files.createFile(elsewhere.resolve("file"));

    Result result =
        run(
            logOfClasses(),
            ROOT.resolve("bin/weighmaster").toString(),
            "audit",
            "--hub",
            hub,
            "--table",
            table);

    assertThat(result.err())
        .startsWith("weighmaster: " + message.replace("HERE", elsewhere.toRealPath().toString()))
        .hasLineCount(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(ExitCode.ERROR);
    assertThat(elsewhere.resolve("table")).doesNotExist();
    assertThat(Files.readString(elsewhere.resolve("classes")))
        .contains("] dev.weighmaster.jobs.AuditJob ")
        .doesNotContain("] org.apache.spark.SparkEnv ");
  }

  @Test
  void secretsOfTheEnvironmentSignAndAreNotShown() throws Exception {
    String script = ROOT.resolve("bin/weighmaster").toString();
    Path model = Files.createDirectories(elsewhere.resolve("hub/acme/base"));
    Files.writeString(model.resolve("model.bin"), "weights");
    String password = "correct horse battery staple";
    Files.write(elsewhere.resolve("key.pem"), TestKeys.encryptedPem(KEY, password));
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      String token = services.token("release@acme.example");
      Files.write(elsewhere.resolve("root.json"), services.trustedRoot());
      Files.write(elsewhere.resolve("config.json"), services.signingConfig(2));
      String[] keyless = {
        script,
        "sign",
        model.toString(),
        "--keyless",
        "--debug",
        "--trusted-root",
        "root.json",
        "--signing-config",
        "config.json"
      };
      String[] byKey = {script, "sign", model.toString(), "--key", "key.pem", "--debug"};

      Result identity = run(Map.of("SIGSTORE_ID_TOKEN", token), keyless);
      byte[] bundle = Files.readAllBytes(model.resolve("model.sig"));
      Result key = run(Map.of("WEIGHMASTER_KEY_PASSWORD", password), byKey);

      assertThat(identity.err()).isEmpty();
      assertThat(identity.out()).contains("  identity     release@acme.example\n");
      assertThat(identity.out() + new String(bundle, UTF_8)).doesNotContain(token.split("\\."));
      assertThat(key.err()).isEmpty();
      assertThat(key.out()).contains("  key          sha256:").doesNotContain(password);
      Result wrong = run(Map.of("WEIGHMASTER_KEY_PASSWORD", password + "r"), byKey);
      assertThat(wrong.err())
          .startsWith("weighmaster: key.pem: the password of the private key is wrong\n")
          .doesNotContain(password);
      assertThat(run(Map.of(), byKey).err())
          .contains("is encrypted, and no password is given in WEIGHMASTER_KEY_PASSWORD\n");
      assertThat(run(Map.of("SIGSTORE_ID_TOKEN", ""), keyless).err())
          .startsWith("weighmaster: there is no identity to sign by: ");
    }
  }

  @Test
  void everyCommandThatTheDemoNamesDoesWhatItSays() throws Exception {
    Result demo = run(ROOT.resolve("bin/weighmaster").toString(), "demo", "a demo");
    assertThat(demo.err().lines()).allMatch(PackagedTest::isProgress);
    assertThat(demo.out())
        .contains(
            "quantco/tampered-GGUF",
            "26 quantizations: 6 verified, 6 unverified, 13 broken",
            "quantco/tiny-base-via-F16-GGUF is VERIFIED by its chain. Its weights:",
            "tiny-Q4_1.gguf is EXACT: ",
            "quantco/edited-weights-GGUF is VERIFIED by its chain. Its weights:",
            "tiny-Q4_1.gguf DEVIATES from tiny-F16.gguf: ");
    List<String> commands =
        demo.out().lines().filter(line -> line.startsWith("  " + ROOT)).map(String::strip).toList();

    List<Result> results = new ArrayList<>();
    for (String command : commands) {
      results.add(run("bash", "-c", command));
    }

    assertThat(results.stream().flatMap(result -> result.err().lines()))
        .allMatch(PackagedTest::isProgress);
    assertThat(results).extracting(Result::exitCode).containsExactly(0, 2, 2, 0, 0, 0, 0);
    assertThat(results.get(2).out())
        .contains("tiny-Q4_1.gguf DEVIATES from tiny-F16.gguf: 1 of 21");
    assertThat(results.get(3).out()).contains("SOURCE_IDENTITY_MISMATCH");
    assertThat(results.get(5).out()).contains("7 verified, 5 unverified");
    assertThat(results.get(6).out())
        .contains("26 quantizations, 7 verified, 5 unverified, 13 broken (0 newly), 1 not audited");
    assertThat(elsewhere.resolve("a demo/report"))
        .isDirectoryContaining("glob:**/report.html")
        .isDirectoryContaining("glob:**/report.csv")
        .isDirectoryContaining("glob:**/report.json");

    Result badges =
        run(
            ROOT.resolve("bin/weighmaster").toString(),
            "badges",
            "--table",
            "a demo/audit",
            "--out",
            "badges",
            "--json");

    assertThat(badges.err()).isEmpty();
    assertThat(badges.out()).contains("\"quantizations\":26,\"verified\":7,\"unverified\":5");
    assertThat(elsewhere.resolve("badges/index.html")).content().contains("Provenance");
    String key = "a demo/keys/quantco.pem";
    assertLoadsNoClassOfSparks("report", "--out", "report");
    assertLoadsNoClassOfSparks("badges", "--out", "badges");
    assertLoadsNoClassOfSparks(
        "vsa", "--out", "vsa", "--key", key, "--verifier-id", "https://auditor.example/1");
    assertLoadsNoClassOfSparks("bom", "--repository", "quantco/tiny-base-via-F16-GGUF");
    assertLoadsNoClassOfSparks("table sign", "--key", key);
    assertLoadsNoClassOfSparks("table verify");
    assertLoadsNoClassOfSparks("table prune", "--keep", "0d", "--dry-run");
    assertLoadsNoClassOfSparks("sql", "--named", "newly-broken");
    assertLoadsNoClassOfSparks("sql", "SELECT chain FROM latest");
  }

  private void assertLoadsNoClassOfSparks(String name, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("bin/weighmaster").toString()));
    command.addAll(List.of(name.split(" ")));
    command.addAll(List.of("--table", "a demo/audit"));
    command.addAll(List.of(options));

    Result result = run(logOfClasses(), command.toArray(String[]::new));

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(Files.readString(elsewhere.resolve("classes")))
        .contains("] dev.weighmaster.jobs.cli.Main ")
        .doesNotContain("] org.apache.spark.");
  }

  private Map<String, String> logOfClasses() {
    return Map.of(
        "WEIGHMASTER_JAVA_OPTS",
        String.join(" ", ShortRuns.OPTIONS)
            + " -Xlog:class+load:file="
            + elsewhere.resolve("classes")
            + ":tags");
  }

  /** On a busy machine it takes so long that progress is worth a line. */
  private static boolean isProgress(String line) {
    return line.matches(
        "read \\d+ of \\d+ files, .*|WARNING: Using incubator modules: jdk.incubator.vector");
  }

  @Test
  void theJarBringsNoClassThatAClusterMayHaveInAnotherVersion() throws IOException {
    try (JarFile jar = new JarFile(ROOT.resolve("jobs/target/weighmaster.jar").toFile())) {
      assertThat(jar.stream().map(JarEntry::getName).filter(name -> name.endsWith(".class")))
          .filteredOn(name -> !OWN_OR_ALONE.matcher(name).lookingAt())
          .isEmpty();
    }
  }

  private Result run(String... command) throws IOException, InterruptedException {
    return run(Map.of(), command);
  }

  private Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path out = elsewhere.resolve("out");
    Path err = elsewhere.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(elsewhere.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("WEIGHMASTER_JAVA_OPTS", String.join(" ", ShortRuns.OPTIONS));
    builder.environment().remove("GITHUB_ACTIONS");
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private record Result(int exitCode, String out, String err) {}
}
