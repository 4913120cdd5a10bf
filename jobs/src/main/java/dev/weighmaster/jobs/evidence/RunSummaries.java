package dev.weighmaster.jobs.evidence;

import dev.weighmaster.attest.ModelUri;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.attest.VerificationSummary;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The verification summaries of a run: one for each quantization that is VERIFIED. */
public final class RunSummaries {
  private final AuditedRun run;
  private final String verifierId;
  private Optional<String> repository = Optional.empty();

  /**
   * @param verifierId the auditor's URI
   */
  public RunSummaries(AuditedRun run, String verifierId) {
    this.run = run;
    this.verifierId = verifierId;
  }

  /** Only those of one repository, {@code org/name}. */
  public RunSummaries of(Optional<String> name) {
    repository = name;
    return this;
  }

  /** Takes a summary, as a statement that is not signed yet. */
  @FunctionalInterface
  public interface Receiver {
    void summary(AuditRow row, byte[] statement) throws IOException;
  }

  /**
   * Checks the run and each of the rows, and only then hands over the first summary. The rows are
   * read once for each of the two.
   *
   * @return how many there were
   * @throws IOException if the run, or one of the rows, is not consistent
   */
  public long execute(Receiver receiver) throws IOException {
    RunSigning.whole(run.table(), run.row().runId());
    verified().forEach(this::mustBeConsistent);
    AtomicLong count = new AtomicLong();
    verified()
        .forEach(
            audited -> {
              mustBeConsistent(audited);
              receiver.summary(audited.row(), statement(audited));
              count.incrementAndGet();
            });
    return count.get();
  }

  private AuditedQuantizations verified() {
    return new AuditedQuantizations(run).of(repository).that(Verdict.VERIFIED);
  }

  private void mustBeConsistent(AuditedQuantization audited) throws IOException {
    Optional<String> problem = problem(audited);
    if (problem.isPresent()) {
      throw new IOException(
          "the run "
              + run.row().runId()
              + " is not consistent, and nothing of it is signed: of "
              + audited.row().repository()
              + "/"
              + audited.row().quantization()
              + ", "
              + problem.get());
    }
  }

  /** Why a row must not be signed for. */
  private static Optional<String> problem(AuditedQuantization audited) {
    AuditRow row = audited.row();
    if (audited.problem().isPresent()) {
      return audited.problem();
    }
    if (row.verdict() != Verdict.VERIFIED || row.reason() != Reason.OK) {
      return Optional.of("audit says " + row.verdict() + ", for the reason " + row.reason());
    }
    List<LinkRow> links = deciding(row);
    boolean holds =
        !links.isEmpty()
            && links.size() == row.chainDepth()
            && links.stream()
                .allMatch(
                    link ->
                        link.holds()
                            && link.reason() == Reason.OK
                            && link.statementDigest().isPresent());
    return holds ? Optional.empty() : Optional.of("not every link of its chain holds");
  }

  private static List<LinkRow> deciding(AuditRow row) {
    return row.chain().stream().limit(Math.max(0, row.chainDepth())).toList();
  }

  private byte[] statement(AuditedQuantization audited) {
    AuditRow row = audited.row();
    return new VerificationSummary(
            verifierId,
            Optional.of(run.row().version()),
            Optional.of(row.auditedAt()),
            resource(row),
            Optional.of(run.row().policyDigest()),
            deciding(row).stream().map(link -> link.statementDigest().orElseThrow()).toList(),
            true,
            List.of(VerificationSummary.CHAIN_VERIFIED))
        .statement(
            audited.files().stream()
                .map(file -> new Subject(file.name(), Optional.of(file.sha256())))
                .toList());
  }

  /** The package URL of a row's repository at its revision. */
  static String resource(AuditRow row) {
    return new ModelUri(
            row.repository(), Optional.of(row.revision()).filter(text -> !text.isEmpty()))
        .text();
  }
}
