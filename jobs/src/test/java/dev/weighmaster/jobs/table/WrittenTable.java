package dev.weighmaster.jobs.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.expr;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustRootFile;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** An audit table whose runs are written down row by row, without an audit. */
public final class WrittenTable {
  public static final String HUB = "/srv/hub";

  private final SparkSession session;
  private final Path folder;

  public WrittenTable(SparkSession session, Path folder) {
    this.session = session;
    this.folder = folder;
  }

  public Path folder() {
    return folder;
  }

  /** A run that is being written down; its counts are those of its rows. */
  public RunOf run(String date) {
    return new RunOf(LocalDate.parse(date));
  }

  /** The rows of one run. */
  public final class RunOf {
    private final LocalDate date;
    private final String id;
    private final Instant finished;
    private final List<AuditRow> audit = new ArrayList<>();
    private final List<FileRow> files = new ArrayList<>();
    private String hub = HUB;
    private String policy = "11".repeat(32);
    private String scope = "changed";
    private long times = 1;

    private RunOf(LocalDate date) {
      this.date = date;
      this.id = "run-" + date;
      this.finished = date.atTime(1, 0).toInstant(ZoneOffset.UTC);
    }

    public RunOf hub(String uri) {
      hub = uri;
      return this;
    }

    public RunOf policy(String digest) {
      policy = digest;
      return this;
    }

    public RunOf scope(String read) {
      scope = read;
      return this;
    }

    /** Each row is there so many times, in other repositories of a thousand organisations. */
    public RunOf times(int number) {
      times = number;
      return this;
    }

    /** A quantization with a chain of two links, and its file. */
    public RunOf quantization(String repository, String quantization, Reason reason) {
      return quantization(repository, quantization, "gguf", Optional.of("Q8_0"), reason);
    }

    public RunOf quantization(
        String repository,
        String quantization,
        String format,
        Optional<String> method,
        Reason reason) {
      audit.add(auditRow(repository, quantization, format, method, reason));
      return file(
          repository + "/" + quantization,
          repository,
          reason == Reason.IO_ERROR ? Optional.of("IO_ERROR: can't be read") : Optional.empty());
    }

    public RunOf file(String path, String repository, Optional<String> error) {
      Optional<String> digest =
          error.isPresent() ? Optional.empty() : Optional.of(Sha256Hex.of(path.getBytes(UTF_8)));
      files.add(
          new FileRow(
              id,
              date,
              repository,
              "",
              path,
              1000,
              FileKind.GGUF,
              Optional.of("etag"),
              finished,
              Optional.empty(),
              digest,
              digest.map(read -> id),
              digest.map(read -> finished),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Reading.Method.MAPPED,
              1000,
              1,
              0,
              error,
              Optional.empty()));
      return this;
    }

    public AuditRow auditRow(
        String repository,
        String quantization,
        String format,
        Optional<String> method,
        Reason reason) {
      boolean hasChain = reason.verdict() != Verdict.ERROR && reason != Reason.NO_ATTESTATION;
      return new AuditRow(
          id,
          date,
          finished,
          hub,
          repository,
          "",
          quantization,
          format,
          method,
          Optional.of(8.5),
          1,
          1000,
          Optional.of(Sha256Hex.of(quantization.getBytes(UTF_8))),
          Optional.of("acme/base"),
          reason.verdict(),
          reason,
          reason + " was found of " + quantization,
          "a badge",
          Optional.of("acme/base"),
          Optional.of("release@acme.example"),
          Optional.of("llama.cpp"),
          Optional.of("b6942"),
          hasChain ? 2 : 0,
          hasChain
              ? List.of(
                  link(LinkKind.QUANTIZATION, "quants@example.org", Reason.OK),
                  link(LinkKind.MODEL_SIGNATURE, "release@acme.example", reason))
              : List.of(),
          Optional.of(List.of()));
    }

    private LinkRow link(LinkKind kind, String signer, Reason reason) {
      return new LinkRow(
          kind,
          Optional.of("https://example.org/predicate"),
          Optional.of("ab".repeat(32)),
          Optional.of("cd".repeat(32)),
          kind == LinkKind.QUANTIZATION ? Optional.of("acme/base") : Optional.empty(),
          kind == LinkKind.QUANTIZATION ? Optional.of("ef".repeat(32)) : Optional.empty(),
          Optional.of(signer),
          Optional.of("https://issuer.example"),
          Optional.of(SigningMethod.SIGSTORE),
          Optional.of(42L),
          Optional.of(finished),
          reason == Reason.OK,
          reason);
    }

    /** Puts the run into the table. */
    public void write() {
      write(times * count(Verdict.VERIFIED));
    }

    /** Puts it there with a wrong count of what is verified. */
    public void write(long verified) {
      audit.sort(Comparator.comparing(QuantizationKey::of));
      stage(AuditTable.AUDIT, audit, AuditRow.class, "repository", "revision", "quantization");
      files.sort(Comparator.comparing(FileRow::path));
      stage(AuditTable.FILES, files, FileRow.class, "path");
      stage(AuditTable.ATTESTATIONS, List.of(), AttestationRow.class);
      stage(AuditTable.RUNS, List.of(row(verified)), RunRow.class);
    }

    private <T extends Record> void stage(
        String name, List<T> rows, Class<T> type, String... order) {
      List<Row> columns = rows.stream().map(RowCodec::row).toList();
      Dataset<Row> written = session.createDataFrame(columns, RowCodec.schema(type)).coalesce(1);
      if (times > 1 && List.of(written.columns()).contains("repository")) {
        written =
            written
                .crossJoin(session.range(times))
                .withColumn(
                    "repository",
                    expr("concat('org-', id % 1000, '/', id, '-', replace(repository, '/', '-'))"))
                .drop("id")
                .coalesce(1)
                .sortWithinPartitions(Stream.of(order).map(functions::col).toArray(Column[]::new));
      }
      written.write().parquet(folder + "/" + name + "/audit_date=" + date + "/run_id=" + id);
    }

    private RunRow row(long verified) {
      long failed = files.stream().filter(file -> file.sha256().isEmpty()).count();
      return new RunRow(
          id,
          date,
          hub,
          Optional.empty(),
          scope,
          Optional.empty(),
          finished.minusSeconds(600),
          finished,
          "0.1.0",
          files.stream().map(FileRow::repository).distinct().count(),
          times * audit.size(),
          verified,
          times * count(Verdict.UNVERIFIED),
          times * count(Verdict.BROKEN),
          times * count(Verdict.ERROR),
          3,
          2,
          times * files.size(),
          times * files.size() * 1000L,
          times * (files.size() - failed),
          0,
          times * failed,
          0,
          times * files.size() * 1000L,
          times * files.size() * 1000L,
          1,
          1,
          1,
          0,
          List.of(),
          0,
          List.of(),
          Optional.of(0L),
          Optional.of(List.of()),
          policy,
          List.of(new TrustRootFile("acme", "22".repeat(32), Optional.of(finished))),
          List.of());
    }

    private long count(Verdict verdict) {
      return audit.stream().filter(row -> row.verdict() == verdict).count();
    }
  }
}
