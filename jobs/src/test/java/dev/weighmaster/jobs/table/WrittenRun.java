package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;

/** An audit table with rows that a test makes up, for who reads tables. */
public final class WrittenRun {
  public static final LocalDate DATE = LocalDate.parse("2026-11-22");

  private static final Instant TIME = Instant.parse("2026-11-22T01:00:00Z");

  private WrittenRun() {}

  /**
   * Adds a run with these rows, in the table's order, to a table; its id is {@code run-} and the
   * date.
   */
  public static RunRow write(
      Path table, LocalDate date, List<AuditRow> rows, List<AttestationRow> statements) {
    return write(table, run(date, rows), rows, statements);
  }

  /** The same with a run's own row that may say something else. */
  public static RunRow write(
      Path table, RunRow run, List<AuditRow> rows, List<AttestationRow> statements) {
    part(
        table,
        AuditTable.AUDIT,
        run,
        rows.stream().sorted(Comparator.comparing(QuantizationKey::of)).toList(),
        AuditRow.class);
    part(
        table,
        AuditTable.ATTESTATIONS,
        run,
        statements.stream().sorted(Comparator.comparing(AttestationRow::repository)).toList(),
        AttestationRow.class);
    part(table, AuditTable.RUNS, run, List.of(run), RunRow.class);
    return run;
  }

  private static void part(
      Path table, String dataSet, RunRow run, List<? extends Record> rows, Class<?> type) {
    List<Row> encoded = rows.stream().map(RowCodec::row).toList();
    TestSpark.session()
        .createDataFrame(encoded, RowCodec.schema(type))
        .coalesce(2)
        .write()
        .parquet(
            table
                .resolve(dataSet)
                .resolve("audit_date=" + run.auditDate())
                .resolve("run_id=" + run.runId())
                .toString());
  }

  /** The row of a run that has counted these. */
  public static RunRow run(LocalDate date, List<AuditRow> rows) {
    return new RunRow(
        "run-" + date,
        date,
        "/srv/hub",
        Optional.empty(),
        "full",
        Optional.empty(),
        TIME,
        TIME.plusSeconds(60),
        "test",
        rows.stream().map(AuditRow::repository).distinct().count(),
        rows.size(),
        count(rows, Verdict.VERIFIED),
        count(rows, Verdict.UNVERIFIED),
        count(rows, Verdict.BROKEN),
        count(rows, Verdict.ERROR),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        List.of(),
        0,
        List.of(),
        Optional.of(0L),
        Optional.of(List.of()),
        "0".repeat(64),
        List.of(),
        List.of());
  }

  private static long count(List<AuditRow> rows, Verdict verdict) {
    return rows.stream().filter(row -> row.verdict() == verdict).count();
  }

  /** A quantization's row, with a chain of two links from the quantization to its source. */
  public static AuditRow row(
      LocalDate date, String repository, String quantization, Reason reason, String source) {
    boolean holds = reason == Reason.OK;
    List<LinkRow> chain =
        reason == Reason.NO_ATTESTATION
            ? List.of()
            : List.of(
                link(LinkKind.QUANTIZATION, source, repository, holds, reason),
                link(LinkKind.MODEL_SIGNATURE, source, source, true, Reason.OK));
    return new AuditRow(
        "run-" + date,
        date,
        TIME,
        "/srv/hub",
        repository,
        "",
        quantization,
        "gguf",
        Optional.of("Q4_K_M"),
        Optional.of(4.85),
        1,
        4_200_000_000L,
        Optional.of(sha256(repository + quantization)),
        Optional.of(source),
        reason.verdict(),
        reason,
        "what was found in " + repository,
        "not read",
        Optional.of(source),
        holds ? Optional.of("release@" + source) : Optional.empty(),
        Optional.of("llama.cpp/llama-quantize"),
        Optional.of("b6942"),
        chain.size(),
        chain,
        Optional.of(List.of()));
  }

  /** The same row, with what a loader takes besides; empty for one of an older version. */
  public static AuditRow withExtras(AuditRow row, Optional<List<LoaderExtra>> extras) {
    return with(row, row.verdict(), extras);
  }

  /** The same row with a verdict that is not its reason's own. */
  public static AuditRow withVerdict(AuditRow row, Verdict verdict) {
    return with(row, verdict, row.alsoLoaded());
  }

  private static AuditRow with(AuditRow row, Verdict verdict, Optional<List<LoaderExtra>> extras) {
    return new AuditRow(
        row.runId(),
        row.auditDate(),
        row.auditedAt(),
        row.hub(),
        row.repository(),
        row.revision(),
        row.quantization(),
        row.format(),
        row.method(),
        row.bitsPerWeight(),
        row.fileCount(),
        row.bytes(),
        row.digest(),
        row.declaredBaseModel(),
        verdict,
        row.reason(),
        row.detail(),
        row.badge(),
        row.sourceModel(),
        row.sourcePublisher(),
        row.tool(),
        row.toolVersion(),
        row.chainDepth(),
        row.chain(),
        extras);
  }

  private static LinkRow link(
      LinkKind kind, String source, String signer, boolean holds, Reason reason) {
    return new LinkRow(
        kind,
        Optional.of("https://example.com/predicate/v1"),
        Optional.of(sha256(kind + signer)),
        Optional.of(sha256(signer)),
        kind == LinkKind.QUANTIZATION ? Optional.of(source) : Optional.empty(),
        kind == LinkKind.QUANTIZATION ? Optional.of(sha256(source)) : Optional.empty(),
        Optional.of("release@" + signer),
        Optional.of("https://accounts.example.com"),
        Optional.of(SigningMethod.SIGSTORE),
        Optional.of(123456L),
        Optional.of(TIME),
        holds,
        reason);
  }

  /** The statement of a link of {@link #row}, as it lies in a repository. */
  public static AttestationRow statement(
      LocalDate date, String repository, String sidecar, LinkKind kind) {
    return new AttestationRow(
        "run-" + date,
        date,
        repository,
        "",
        sidecar,
        1,
        sha256(sidecar),
        Optional.of(sha256(kind + repository)),
        Optional.empty(),
        1,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Verdict.VERIFIED,
        Reason.OK,
        "");
  }

  /** So many rows of many organisations, with every reason in turn. */
  public static List<AuditRow> rows(LocalDate date, int count) {
    Reason[] reasons = Reason.values();
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                row(
                    date,
                    "org%03d/model-%05d-GGUF".formatted(i % 97, i / 5),
                    "model-%05d.Q%d_K_M.gguf".formatted(i / 5, 2 + i % 5),
                    i % 3 == 0 ? Reason.OK : reasons[i % reasons.length],
                    "acme/base-%d".formatted(i % 50)))
        .toList();
  }

  private static String sha256(String text) {
    return Sha256Hex.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
