package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.ShortRuns;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table between processes of the packaged program. */
@Tag("packaged")
class TableProcessesTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("weighmaster.root")).resolve("bin/weighmaster");
  private static final int MINUTES_TO_RUN = 3;

  @TempDir private Path folder;
  private SmallHub small;
  private Path table;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
    table = folder.resolve("table");
  }

  @Test
  void aTableThatAnotherProcessWritesToIsNotAuditedInto() throws Exception {
    AuditTable audits = AuditTable.at(table.toString(), new Configuration());
    try (TableLock lock = audits.lock("run 7")) {
      Ended audit = run(audit());

      assertThat(audit.exitCode).isEqualTo(3);
      assertThat(audit.out).isEmpty();
      assertThat(audit.err)
          .startsWith("weighmaster: the audit table file:" + table + " is in use: run 7 on host ")
          .contains("(process " + ProcessHandle.current().pid() + ")")
          .hasLineCount(1);
      lock.confirm();
    }
  }

  @Test
  void anAuditThatWasKilledIsNotInTheWayOfTheNextWhichIsCheckedAndPruned() throws Exception {
    Process killed = start(audit());
    while (killed.isAlive() && table.resolve("_lock").toFile().length() == 0) {
      Thread.onSpinWait();
    }
    killed.destroyForcibly().waitFor();
    assertThat(table.resolve("_lock")).exists();

    assertThat(run(audit()).exitCode).isZero();

    Ended verified = run("table", "verify", "--table", table.toString());
    assertThat(verified.out).as(verified.err).startsWith("✓  ").endsWith(" 1 is as written\n");
    assertThat(verified.exitCode).isZero();
    Ended pruned = run("table", "prune", "--table", table.toString(), "--keep", "0d");
    assertThat(pruned.out).as(pruned.err).isEqualTo("removed 0 runs · 0 B\n");
    assertThat(pruned.exitCode).isZero();

    Path part = part("audit");
    Files.writeString(part, "more", StandardOpenOption.APPEND);
    Ended damaged = run("table", "verify", "--table", table.toString(), "--json");
    assertThat(damaged.out).contains(table.relativize(part) + " has ");
    assertThat(damaged.exitCode).isEqualTo(2);
  }

  @Test
  void anAuditorSignsARunAndSummariesWhichAConsumerVerifies() throws Exception {
    KeyPair auditor = TestKeys.generate("secp256r1");
    Path key = Files.write(folder.resolve("auditor.pem"), TestKeys.privatePem(auditor));
    Files.write(folder.resolve("auditor.pub.pem"), TestKeys.publicPem(auditor));
    Path policy =
        Files.writeString(
            folder.resolve("consumer.yaml"),
            """
            version: 1
            trust_roots: [{name: auditor, public_key: auditor.pub.pem}]
            auditors: [{verifier: "https://audits.example/", signers: [{key: auditor}]}]
            """);
    new AuditJob(TestSpark.session(), small.hub().toString(), table.toString())
        .policy(PolicySource.read(small.policy()))
        .execute();
    String[] check = {
      "table",
      "verify",
      "--table",
      table.toString(),
      "--policy",
      policy.toString(),
      "--require-signature"
    };
    Ended unsigned = run(check);
    assertThat(unsigned.exitCode).isEqualTo(2);
    assertThat(unsigned.out).endsWith(": 0 are as written, 1 is not signed by an auditor\n");

    Ended signed = run("table", "sign", "--table", table.toString(), "--key", key.toString());
    assertThat(signed.exitCode).as(signed.err).isZero();
    Ended checked = run(check);
    assertThat(checked.out).contains("an auditor of the policy");
    assertThat(checked.exitCode).isZero();

    Path out = folder.resolve("summaries");
    Ended summaries =
        run(
            "vsa",
            "--table",
            table.toString(),
            "--out",
            out.toString(),
            "--key",
            key.toString(),
            "--verifier-id",
            "https://audits.example/");
    assertThat(summaries.out).as(summaries.err).startsWith("signed 1 summary of the run ");
    Ended verified =
        run(
            "verify",
            out + "/quants/base-GGUF/base-Q4_0.gguf.vsa.sigstore.json",
            "--files",
            small.hub() + "/quants/base-GGUF",
            "--policy",
            policy.toString());
    assertThat(verified.out).as(verified.err).startsWith("VERIFIED  ");

    Ended bom = run("bom", "--table", table.toString(), "--repository", SmallHub.QUANTIZED);
    assertThat(bom.out).as(bom.err).contains("\"machine-learning-model\"");
    assertThat(bom.exitCode).isZero();
  }

  private Path part(String dataSet) throws IOException {
    try (Stream<Path> files = Files.walk(table.resolve(dataSet))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
  }

  private String[] audit() {
    return new String[] {"audit", "--hub", small.hub().toString(), "--table", table.toString()};
  }

  private record Ended(int exitCode, String out, String err) {}

  private Ended run(String... arguments) throws Exception {
    Process process = start(arguments);
    try {
      assertThat(process.waitFor(MINUTES_TO_RUN, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(
        process.exitValue(),
        Files.readString(folder.resolve("out")),
        Files.readString(folder.resolve("err")));
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    Collections.addAll(command, arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("WEIGHMASTER_JAVA_OPTS", String.join(" ", ShortRuns.OPTIONS));
    return builder.start();
  }
}
