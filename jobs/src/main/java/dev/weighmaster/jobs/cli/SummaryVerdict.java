package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.attest.VerificationSummary;
import dev.weighmaster.chain.AuditorCheck;
import dev.weighmaster.chain.AuditorCheck.Audited;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The verdict on a verification summary and the files that it covers.
 *
 * @param problem the first thing that does not hold; empty exactly where the files are those that
 *     an auditor of the policy has verified
 */
record SummaryVerdict(Path file, Audited audited, Optional<Problem> problem) {

  /**
   * Checks a summary and reads each file that it names.
   *
   * @param folder of the files: each by its name in the repository, or else by its last name
   */
  static SummaryVerdict of(Path file, Path folder, TrustPolicy policy) throws IOException {
    byte[] bundle;
    try (InputStream content = Files.newInputStream(file)) {
      bundle = content.readNBytes(JsonFields.MAX_BYTES + 1);
    }
    Audited audited = new AuditorCheck(policy).summary(String.valueOf(file.getFileName()), bundle);
    Optional<Problem> problem = audited.problem();
    for (Subject subject : audited.statement().subjects()) {
      if (problem.isEmpty()) {
        problem = compare(subject, folder);
      }
    }
    return new SummaryVerdict(file, audited, problem);
  }

  private static Optional<Problem> compare(Subject subject, Path folder) throws IOException {
    Optional<Path> found = find(subject.name(), folder);
    String name = Quoted.of(subject.name());
    if (found.isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.IO_ERROR,
              "the summary covers %s, which is not in %s; name its folder with --files"
                  .formatted(name, folder)));
    }
    if (subject.sha256().isEmpty()) {
      return Optional.of(new Problem(Reason.UNSUPPORTED, "the summary has no sha256 of " + name));
    }
    String computed =
        ModelSigner.enumerate(found.get(), Optional.empty(), any -> false)
            .resources()
            .get(0)
            .digest();
    return subject.sha256().get().equals(computed)
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.DIGEST_MISMATCH,
                "%s hashes to sha256:%s, and the auditor has verified sha256:%s"
                    .formatted(name, computed, subject.sha256().get())));
  }

  private static Optional<Path> find(String name, Path folder) {
    if (!CanonicalPath.isCanonical(name)) {
      return Optional.empty();
    }
    try {
      Path whole = folder.resolve(name);
      Path last = folder.resolve(StoragePaths.lastName(name));
      return Files.isRegularFile(whole)
          ? Optional.of(whole)
          : Optional.of(last).filter(Files::isRegularFile);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  Verdict verdict() {
    return problem.map(found -> found.reason().verdict()).orElse(Verdict.VERIFIED);
  }

  void print(PrintWriter out) {
    out.println(verdict() + "  " + PlainText.line(file.toString()));
    out.println(
        "  "
            + problem
                .map(found -> found.reason() + ": " + PlainText.line(found.detail()))
                .orElse("OK: the files are those that the auditor has verified"));
    audited.summary().ifPresent(summary -> print(summary, out));
    audited
        .statement()
        .signature()
        .signer()
        .ifPresent(signer -> out.println("  signed by    " + PlainText.line(signer.identity())));
    for (Subject subject : audited.statement().subjects()) {
      out.println(
          "  file         sha256:"
              + subject.sha256().orElse("(none)")
              + "  "
              + PlainText.line(subject.name()));
    }
  }

  private static void print(VerificationSummary summary, PrintWriter out) {
    out.println("  resource     " + PlainText.line(summary.resourceUri()));
    out.println("  auditor      " + PlainText.line(summary.verifierId()));
    summary.timeVerified().ifPresent(time -> out.println("  verified at  " + time));
    out.println("  levels       " + PlainText.line(String.join(", ", summary.verifiedLevels())));
    summary.policySha256().ifPresent(digest -> out.println("  by policy    sha256:" + digest));
  }

  /** What {@code --json} prints; the fields from resource to policy are those of a summary. */
  private record Shown(
      Verdict verdict,
      Reason reason,
      String detail,
      Optional<String> resource,
      Optional<String> auditor,
      Optional<Instant> verifiedAt,
      Optional<List<String>> levels,
      Optional<String> policy,
      Optional<String> signer,
      List<Subject> files) {}

  ObjectNode toJson() {
    Optional<VerificationSummary> summary = audited.summary();
    return RecordJson.tree(
        new Shown(
            verdict(),
            problem.map(Problem::reason).orElse(Reason.OK),
            problem.map(Problem::detail).orElse(""),
            summary.map(VerificationSummary::resourceUri),
            summary.map(VerificationSummary::verifierId),
            summary.flatMap(VerificationSummary::timeVerified),
            summary.map(VerificationSummary::verifiedLevels),
            summary.flatMap(VerificationSummary::policySha256),
            audited.statement().signature().signer().map(Signer::identity),
            audited.statement().subjects()));
  }
}
