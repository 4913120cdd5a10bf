package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the view {@code attestations} says of statements whose subjects are not as attested. */
@TestInstance(Lifecycle.PER_CLASS)
class AttestationRowsTest {
  private static final byte[] ANOTHER = gguf(GgmlType.Q4_0, "another");

  private TestHub hub;
  private final Map<String, Row> rows = new HashMap<>();

  @BeforeAll
  void audit(@TempDir Path folder) throws Exception {
    hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    hub.model("acme/changed").sign("acme/changed", ACME).write("acme/changed/README.md", "new");
    attested("whole");
    attested("changed").write("quants/changed/b.gguf", ANOTHER);
    attested("exchanged")
        .write("quants/exchanged/a.gguf", gguf(GgmlType.Q4_0, "b"))
        .write("quants/exchanged/b.gguf", gguf(GgmlType.Q4_0, "a"));
    attested("copied").write("quants/copied/b.gguf", gguf(GgmlType.Q4_0, "a"));
    attested("removed").remove("quants/removed/b.gguf");
    attested("gone").remove("quants/gone/a.gguf").remove("quants/gone/b.gguf");
    attested("renamed").remove("quants/renamed/b.gguf").write("quants/renamed/c.gguf", b());
    attested("pointer")
        .write(
            "quants/pointer/b.gguf",
            "version https://git-lfs.github.com/spec/v1\noid sha256:"
                + "0".repeat(64)
                + "\nsize 100\n");
    attested("revoked").write("quants/revoked/b.gguf", gguf(GgmlType.Q4_0, "revoked"));
    hub.attest("quants/revoked/a.gguf", "quants/revoked/b.gguf").from("acme/base").by(QUANTS);
    hub.policy("revoked: {digests: [\"" + hub.sha256("quants/revoked/b.gguf") + "\"]}\n");
    attested("stranger");
    hub.attest("quants/stranger/a.gguf", "quants/stranger/b.gguf").from("acme/base").by(STRANGER);
    hub.write("quants/stranger/b.gguf", ANOTHER);

    SparkSession spark = TestSpark.session().newSession();
    spark.conf().set("spark.sql.shuffle.partitions", "1");
    Path table = folder.resolve("table");
    new AuditJob(spark, folder.resolve("hub").toString(), table.toString())
        .policy(PolicySource.read(hub.writePolicy(folder.resolve("policy"))))
        .date(LocalDate.parse("2026-11-22"))
        .execute();
    spark
        .read()
        .option("recursiveFileLookup", "true")
        .parquet(table.resolve("attestations").toString())
        .collectAsList()
        .forEach(row -> rows.put(row.getAs("repository"), row));
  }

  private static byte[] b() {
    return gguf(GgmlType.Q4_0, "b");
  }

  /** A repository with two files that one statement attests. */
  private TestHub attested(String repository) {
    String a = "quants/" + repository + "/a.gguf";
    String b = "quants/" + repository + "/b.gguf";
    return hub.write(a, gguf(GgmlType.Q4_0, "a"))
        .write(b, b())
        .attest(a, b)
        .from("acme/base")
        .by(QUANTS);
  }

  @ParameterizedTest
  @CsvSource({
    "acme/base,        OK",
    "acme/changed,     DIGEST_MISMATCH",
    "quants/whole,     OK",
    "quants/renamed,   OK",
    "quants/changed,   DIGEST_MISMATCH",
    "quants/exchanged, DIGEST_MISMATCH",
    "quants/copied,    DIGEST_MISMATCH",
    "quants/removed,   SUBJECT_INCOMPLETE",
    "quants/gone,      NO_ATTESTATION",
    "quants/pointer,   IO_ERROR",
    "quants/revoked,   REVOKED",
    "quants/stranger,  SIGNER_NOT_TRUSTED",
  })
  void aStatementIsVerifiedOnlyWhereAllOfItsSubjectsAreAsItSays(String repository, Reason reason) {
    Row row = rows.get(repository);
    assertThat(row.<String>getAs("reason"))
        .as(row.<String>getAs("detail"))
        .isEqualTo(reason.name());
    assertThat(row.<String>getAs("verdict")).isEqualTo(reason.verdict().name());
  }

  @Test
  void theRowSaysWhichSubjectItIs() {
    assertThat(rows.get("quants/changed").<String>getAs("detail"))
        .contains("b.gguf: the statement covers sha256:")
        .contains("the file is now sha256:" + hub.sha256("quants/changed/b.gguf"));
    assertThat(rows.get("quants/whole").<String>getAs("verdict"))
        .isEqualTo(Verdict.VERIFIED.name());
  }
}
