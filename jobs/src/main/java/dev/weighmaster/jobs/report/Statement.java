package dev.weighmaster.jobs.report;

import dev.weighmaster.jobs.text.Numbers;
import java.util.ArrayList;
import java.util.List;

/**
 * A paragraph that states how a run was made or what it can't say, to be quoted.
 *
 * @param topic in a few words
 */
public record Statement(String topic, String text) {

  /** How the run was made. */
  public static List<Statement> method(Report report) {
    Report.Run run = report.run();
    Report.Coverage coverage = report.coverage();
    List<Statement> method = new ArrayList<>();
    method.add(
        new Statement(
            "Scope",
            "Weighmaster %s audited the hub %s in run %s, from %s to %s. %s It found %s files in %s repositories, and in them %s quantizations. The scope of reading was '%s'."
                .formatted(
                    run.version(),
                    run.hub(),
                    run.id(),
                    Shown.time(run.startedAt()),
                    Shown.time(run.finishedAt()),
                    run.inventory()
                        .map(
                            inventory ->
                                "Instead of listing the hub, it took an inventory report at its word: "
                                    + inventory
                                    + ".")
                        .orElse("It listed the hub itself."),
                    Numbers.number(coverage.files()),
                    Numbers.number(coverage.repositories()),
                    Numbers.number(coverage.quantizations()),
                    run.scope())));
    method.add(
        new Statement(
            "Hashing",
            "A file's digest is SHA-256 over every byte of it. This run read %s files to the end (%s). The digests of %s files were carried over from earlier runs, for the storage reported the same size, entity tag and time of change; %s"
                .formatted(
                    Numbers.number(coverage.filesRead()),
                    Shown.bytes(coverage.bytesRead()),
                    Numbers.number(coverage.filesCarriedOver()),
                    coverage
                        .oldestDigestAt()
                        .map(
                            time ->
                                "the oldest digest relied on was computed at %s."
                                    .formatted(Shown.time(time)))
                        .orElse("no digest is known."))));
    method.add(
        new Statement(
            "Sampling of unchanged files",
            run.scope().contains("scrub")
                ? "Beside what had changed, a part of the unchanged files was read again ('%s'); over as many runs as there are parts, all of them are."
                    .formatted(run.scope())
                : run.scope().equals("full")
                    ? "Every file was read, changed or not."
                    : "No unchanged file was read again in this run. A change that keeps size, entity tag and time is found by a full run or a scrub only."));
    method.add(
        new Statement(
            "Verification",
            "Every signature and attestation was verified again in this run, offline: the signature, its certificate or key, the transparency log's proof and timestamps, under the trust roots named by digest in this report; then the digests of the files, and the chain of statements back to a source model. The cryptography is that of sigstore-java, the Java runtime and Bouncy Castle; no algorithm is this program's own."));
    method.add(
        new Statement(
            "Trust",
            run.policyDigest()
                .map(
                    digest ->
                        "Only the trust policy with SHA-256 %s decided who is trusted. A signature by anyone else makes nothing VERIFIED."
                            .formatted(digest))
                .orElse(
                    "There was no trust policy, so nobody was trusted and nothing can be VERIFIED.")));
    return List.copyOf(method);
  }

  /** What the verdicts do not say. */
  public static List<Statement> limits() {
    return List.of(
        new Statement(
            "What VERIFIED means",
            "Every link holds, at the time of the audit: a quantizer that the policy names attested these weights, and a publisher that the policy names signed the files of the source."),
        new Statement(
            "What VERIFIED does not mean",
            "It does not mean that the quantization was computed faithfully: that is the quantizer's signed word, attributable but not proven. It says nothing of a model's quality, safety, licence, training data or fitness for a purpose."),
        new Statement(
            "What the other verdicts mean",
            "UNVERIFIED: there is no evidence, or none that the policy lets count, and nothing contradicts. BROKEN: evidence is there, and something in it does not hold; that may be a mistake as well as tampering. ERROR: the audit could not look. None of the three says that a model is harmful."),
        new Statement(
            "Time",
            "The verdicts are those of the moment at which the run ended. Files, signatures and policy may have changed since."),
        new Statement(
            "Names",
            "A model signature covers files, not a model's name. That a publisher's files lie in the repository of the right name rests on who may write there."),
        new Statement(
            "The table",
            "This report is made from the audit table alone. Who can write to that table can change what it says; 'weighmaster table verify' finds damage, and a signature over the run forgery, where one was made."));
  }
}
