package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.table.RunSignature;
import dev.weighmaster.jobs.table.RunSignature.State;
import dev.weighmaster.jobs.table.TableVerification.Verification;
import dev.weighmaster.jobs.table.TableVerification.VerifiedRun;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.trust.Signer;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What {@code table verify} says of a table.
 *
 * @param requireSignature whether a run that no auditor of the policy has signed is an offence
 */
record TableFindings(Verification found, boolean requireSignature) {
  private static final int EXIT_MISMATCH = 2;

  /** What is the matter with a run, the worst first. A run counts under one of them. */
  enum Condition {
    /** Its bytes, rows or counts are not those that were written, or its signature is broken. */
    DAMAGED,
    /** A signature is required, and no auditor of the policy has made one. */
    UNSIGNED,
    /** A file or the signature could not be looked at. */
    UNKNOWN,
    AS_WRITTEN;

    private String count(long runs) {
      return runs
          + switch (this) {
            case DAMAGED -> runs == 1 ? " is damaged" : " are damaged";
            case UNSIGNED -> (runs == 1 ? " is" : " are") + " not signed by an auditor";
            case UNKNOWN -> " could not be checked";
            case AS_WRITTEN -> runs == 1 ? " is as written" : " are as written";
          };
    }

    private String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private Condition of(VerifiedRun run) {
    if (!run.mismatches().isEmpty() || run.signature().isBroken()) {
      return Condition.DAMAGED;
    }
    if (requireSignature && isUnsigned(run.signature())) {
      return Condition.UNSIGNED;
    }
    return run.unreadable().isEmpty() && run.signature().state() != State.UNKNOWN
        ? Condition.AS_WRITTEN
        : Condition.UNKNOWN;
  }

  private static boolean isUnsigned(RunSignature signature) {
    return switch (signature.state()) {
      case NOT_TRUSTED, UNSIGNED -> true;
      case TRUSTED, BROKEN, UNKNOWN -> false;
    };
  }

  private long count(Condition condition) {
    return found.runs().stream().filter(run -> of(run) == condition).count();
  }

  /** 2 if a run is damaged or lacks a signature, else 3 if one could not be checked, else 0. */
  int exitCode() {
    if (count(Condition.DAMAGED) + count(Condition.UNSIGNED) > 0) {
      return EXIT_MISMATCH;
    }
    return count(Condition.UNKNOWN) > 0 ? ExitCode.ERROR : 0;
  }

  void print(PrintWriter out) {
    for (VerifiedRun run : found.runs()) {
      out.println(
          "%s  %s  %d rows in %d files, %s"
              .formatted(
                  of(run) == Condition.AS_WRITTEN ? "✓" : "✗",
                  PlainText.line(run.id()),
                  run.rows(),
                  run.files(),
                  Sizes.bytes(run.bytes())));
      out.println("   " + PlainText.line(run.signature().detail()));
      run.mismatches().forEach(line -> out.println("   " + PlainText.line(line)));
      run.unreadable().forEach(line -> out.println("   " + PlainText.line(line)));
    }
    for (String orphan : found.orphans()) {
      out.println(
          "?  "
              + PlainText.line(orphan)
              + " belongs to no run: one is being published, or was broken off");
    }
    int runs = found.runs().size();
    out.println("checked " + runs + (runs == 1 ? " run: " : " runs: ") + summary());
  }

  /** How many runs are as written, and how many are each of the other things that occur. */
  private String summary() {
    return Arrays.stream(Condition.values())
        .sorted((a, b) -> b.compareTo(a))
        .filter(condition -> condition == Condition.AS_WRITTEN || count(condition) > 0)
        .map(condition -> condition.count(count(condition)))
        .collect(Collectors.joining(", "));
  }

  /** What {@code --json} prints, beside the counts. */
  private record Shown(List<ShownRun> runs, List<String> orphans) {}

  private record ShownRun(
      String runId,
      String condition,
      long files,
      long rows,
      long bytes,
      ShownSignature signature,
      List<String> mismatches,
      List<String> unreadable) {}

  private record ShownSignature(
      String state, Optional<String> signer, Optional<String> issuer, String detail) {}

  ObjectNode toJson() {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    ObjectNode counts = shown.putObject("counts");
    for (Condition condition : Condition.values()) {
      counts.put(condition.key(), count(condition));
    }
    return shown.setAll(
        RecordJson.tree(
            new Shown(found.runs().stream().map(this::shown).toList(), found.orphans())));
  }

  private ShownRun shown(VerifiedRun run) {
    RunSignature signature = run.signature();
    return new ShownRun(
        run.id(),
        of(run).key(),
        run.files(),
        run.rows(),
        run.bytes(),
        new ShownSignature(
            signature.state().name().toLowerCase(Locale.ROOT),
            signature.signer().map(Signer::identity),
            signature.signer().map(Signer::issuer),
            signature.detail()),
        run.mismatches(),
        run.unreadable());
  }
}
