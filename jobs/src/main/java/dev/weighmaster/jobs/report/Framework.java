package dev.weighmaster.jobs.report;

import dev.weighmaster.jobs.report.Report.Counts;
import dev.weighmaster.jobs.report.Report.Coverage;
import dev.weighmaster.jobs.text.Numbers;
import java.util.List;

/**
 * What a run's findings are worth to those who are asked for evidence under a framework.
 *
 * @param name with the edition that the clauses are those of
 * @param note of what holds for all of its clauses
 */
public record Framework(String name, String note, List<Clause> clauses) {

  /** Printed above all of them. */
  public static final String CAVEAT =
      "This mapping is an aid to reading, paraphrases the clauses that it names, and is not legal"
          + " advice. It claims no conformity, level or certification: those are for the people and"
          + " bodies that the frameworks name to judge, with more evidence than this.";

  public Framework {
    clauses = List.copyOf(clauses);
  }

  /**
   * One clause.
   *
   * @param asks what it asks for, paraphrased
   * @param shows what this report's evidence shows of that
   * @param doesNotShow what it does not
   */
  public record Clause(String clause, String asks, String shows, String doesNotShow) {}

  /** The mapping for a run, in words with its figures. */
  public static List<Framework> of(Report report) {
    return List.of(slsa(report), ssdf(report), ssdfForAi(report), aiAct(report), iso42001(report));
  }

  private static Framework slsa(Report report) {
    Counts totals = report.totals();
    return new Framework(
        "SLSA 1.2 (Supply-chain Levels for Software Artifacts)",
        "SLSA's levels say how a package was built and how a source revision came about, as a build"
            + " platform or source control system attests it. A quantization attestation is not SLSA"
            + " provenance, so this report assigns no level.",
        List.of(
            new Clause(
                "Build L1: provenance exists",
                "Provenance says how the artifact was built, from what, and by whom.",
                "%s have an attestation that holds: it names the outputs and the source by digest, the tool, its version and the method."
                    .formatted(of(totals.verified(), totals.total(), "quantizations")),
                "That the attestation carries all that SLSA provenance does, or follows from a consistent, documented build process."),
            new Clause(
                "Build L2: hosted build platform, signed provenance",
                "A hosted platform generates and signs the provenance.",
                "Each attestation behind VERIFIED is signed by a signer that the trust policy names for that repository.",
                "That a platform signed it rather than the quantizer, or that the quantization ran on a hosted one."),
            new Clause(
                "Build L3: hardened builds",
                "Runs can't influence one another, and signing keys are out of their reach.",
                "Nothing.",
                "Where and how a quantization was computed, or how its keys are kept."),
            new Clause(
                "Source track",
                "Source revisions are under version control; at higher levels their history is attested, controls are enforced, and two people review each change.",
                "That the source model's files are those that its publisher signed, where the verdict is VERIFIED.",
                "Anything about source code: a model signature says who released files, not how they came about."),
            new Clause(
                "Verifying artifacts",
                "A consumer, package registry or monitor checks provenance (signature, builder, parameters) against what is expected of the artifact.",
                "What was expected is written down in the trust policy, by digest in this report, and was checked for every quantization in the hub.",
                "That a consumer's expectations are those of this policy, or that the tool ran where and as the quantizer says.")));
  }

  private static Framework ssdf(Report report) {
    Coverage coverage = report.coverage();
    return new Framework(
        "NIST SP 800-218, Secure Software Development Framework 1.1",
        "The tasks are those of software producers. A hub or an acquirer can use the evidence for"
            + " what it takes in; it says nothing of how a producer works.",
        List.of(
            new Clause(
                "PS.2.1",
                "Give acquirers what they need to verify a release's integrity.",
                "%s hold, by signers that the policy names; models and quantizations without a signature or attestation are counted by reason."
                    .formatted(
                        of(
                            coverage.signedModelsHolding(),
                            coverage.signedModels(),
                            "model signatures")),
                "How well signing keys are protected, reviewed or rotated."),
            new Clause(
                "PS.3.1",
                "Archive each release with its integrity and provenance data, securely.",
                "%s have a SHA-256 over every byte, in a table that can be checked against its own digests; %s changed although the storage held them for unchanged."
                    .formatted(
                        of(coverage.files() - coverage.filesFailed(), coverage.files(), "files"),
                        number(coverage.filesRotten())),
                "Access control, retention and backup of hub and table."),
            new Clause(
                "PS.3.2",
                "Collect, protect, maintain and share provenance data of all components of a release.",
                "For each quantization, its chain to the source model: statements, signers and digests.",
                "Components other than model files: training code, libraries, data. It is not a bill of materials."),
            new Clause(
                "PW.4.4",
                "Verify that acquired components meet the organization's requirements, throughout their life.",
                "Every run verifies every signature and chain again under the policy of the day; changes are listed above.",
                "Known vulnerabilities, licences or fitness for a purpose.")));
  }

  private static Framework ssdfForAi(Report report) {
    return new Framework(
        "NIST SP 800-218A, SSDF profile for generative AI and dual-use foundation models",
        "The profile adds to SP 800-218 and is used together with it. It covers how models are"
            + " developed and built into software, not their operation. R1 and R2 are the numbers of"
            + " its recommendations.",
        List.of(
            new Clause(
                "PS.1.3",
                "Protect model weights and configuration from unauthorized access and change.",
                "Changes to weights are detected: by digest against what was signed or attested, and between runs.",
                "That a change is prevented, or that nobody has read the weights."),
            new Clause(
                "PS.2.1 (R1)",
                "Provide hashes or signatures of a model, its components and its documentation.",
                "%s are VERIFIED from the bytes up."
                    .formatted(
                        of(report.totals().verified(), report.totals().total(), "quantizations")),
                "Signatures over components outside of the repository's files."),
            new Clause(
                "PS.3.2 (R1)",
                "Track the provenance of a model, its components and derivatives, with the libraries, frameworks and pipelines that built it.",
                "The derivation from source model to quantization, step by step, each with its signer.",
                "Anything before the source model's release: training pipeline, frameworks, data."),
            new Clause(
                "PW.3 (PW.3.1, PW.3.2)",
                "Check training, testing, fine-tuning and aligning data for poisoning, bias and tampering before use, and record where it came from or that this is unknown.",
                "Nothing, but the name and digest of calibration data where an attestation carries them.",
                "The data itself, and that it is free of poison or bias."),
            new Clause(
                "PW.4.4 (R1, R2)",
                "Verify integrity, provenance and security of acquired models and their parts before use, and scan and test them.",
                "The verdict of each quantization, and who has to act where it is not VERIFIED.",
                "Vulnerabilities, malicious content and behaviour: the models were neither scanned for these, nor run, nor tested.")));
  }

  private static Framework aiAct(Report report) {
    Report.Run run = report.run();
    return new Framework(
        "EU AI Act, Regulation (EU) 2024/1689",
        "Articles 12 and 15 are requirements on high-risk AI systems; by Regulation (EU) 2026/1744"
            + " they apply from 2 December 2027 to those of Annex III, and from 2 August 2028 to those"
            + " of Annex I. A hub of models is not such a system; its records can support the provider of"
            + " one that uses a model from it.",
        List.of(
            new Clause(
                "Article 12(1)",
                "The system technically allows events to be recorded automatically over its lifetime.",
                "A dated, automatic record of which model files were there, and what their provenance was (run %s)."
                    .formatted(run.id()),
                "Logs of an AI system's operation: nothing here observes one."),
            new Clause(
                "Article 12(2)",
                "Logs record what helps to spot risks and substantial modifications, to monitor after marketing, and to monitor the operation by deployers.",
                "When a model's files, its source or the trust in its signers changed between runs.",
                "Whether such a change is a substantial modification or a risk, or was deployed, and how the system operates."),
            new Clause(
                "Article 12(3)",
                "For remote biometric identification: uses, reference data, matches and verifiers are logged.",
                "Nothing.",
                "All of it."),
            new Clause(
                "Article 15(1), (3) and (4)",
                "Appropriate accuracy, robustness and cybersecurity over the lifecycle: accuracy declared with its metrics, resilience to errors and faults, and to feedback loops where a system keeps learning.",
                "Nothing, but what is said of cybersecurity under 15(5). Error bounds that an attestation states are the quantizer's word.",
                "Accuracy, its loss by quantization, and robustness: no model was run."),
            new Clause(
                "Article 15(5)",
                "Resilience against outsiders who use weaknesses to alter a system's use, outputs or performance; where appropriate, measures against data and model poisoning, adversarial inputs, confidentiality attacks and model flaws.",
                "That replaced or altered weights, and models passed off as others, are found: %s are BROKEN."
                    .formatted(
                        of(report.totals().broken(), report.totals().total(), "quantizations")),
                "Poisoning before the publisher or quantizer signed, adversarial inputs, confidentiality attacks, and flaws of the model itself.")));
  }

  private static Framework iso42001(Report report) {
    return new Framework(
        "ISO/IEC 42001:2023, Annex A",
        "The controls are those of an organization's AI management system, which selects them in its"
            + " statement of applicability.",
        List.of(
            new Clause(
                "A.4.4 Tooling resources",
                "The tools used for an AI system are documented.",
                "The quantization tool and version that each attestation names.",
                "Other tools, and that the named one was used."),
            new Clause(
                "A.6.2.6 AI system operation and monitoring",
                "What ongoing operation needs is defined and documented: at least monitoring of system and performance, repairs, updates and support.",
                "The models at rest are monitored from run to run; the trend covers %s."
                    .formatted(
                        report.trend().size() == 1 ? "1 run" : report.trend().size() + " runs"),
                "Performance, errors and use of a system in operation, its repairs, updates and support."),
            new Clause(
                "A.6.2.8 AI system recording of event logs",
                "It is decided in which phases of the life cycle event logs are kept, at least while a system is in use.",
                "One row a quantization, file and statement of every run that the table keeps.",
                "Logs of a system in use."),
            new Clause(
                "A.7.5 Data provenance",
                "A documented process records the provenance of data, over the life cycles of data and system.",
                "The provenance of weights, from quantization to signed source.",
                "The provenance of training, validation and test data, and the organization's process."),
            new Clause(
                "A.10.2 Allocating responsibilities",
                "Responsibilities are allocated among the parties of the life cycle.",
                "For each finding, which party can put it right.",
                "That the party agreed to, or has been told."),
            new Clause(
                "A.10.3 Suppliers",
                "A process ensures that using what suppliers provide fits the organization's approach to responsible AI.",
                "Which publishers and quantizers the trust policy names, and whether what they supplied is what they signed.",
                "How the organization chose them.")));
  }

  private static String of(long part, long all, String what) {
    return number(part) + " of " + number(all) + " " + what;
  }

  private static String number(long number) {
    return Numbers.number(number);
  }
}
