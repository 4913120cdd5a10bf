package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.digest.CapturedFile;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.cli.TrustExplanation.SignedStatement;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.UnknownSigner;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster trust explain}: which entries of a policy apply to a repository, and why. */
@Command(
    name = "explain",
    description = {
      "Shows which entries of a trust policy apply to a repository and, for each signature and"
          + " attestation in it, whether the signer is trusted, and why. If the policy does not name"
          + " the signer, it prints the fingerprint or identity, in the form that sign and attest"
          + " print, and the entries to add to the policy.",
      "It reads no weights; verify says whether the files are the signed ones."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:explained, whether the signers are trusted or not",
      "3:the repository could not be read",
      "64:usage error, or an invalid policy"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster trust explain hub/acme/base-7b --hub hub --policy policy.yaml",
      "  weighmaster trust explain acme/base-7b --policy policy.yaml"
    })
final class TrustExplainCommand implements Callable<Integer> {
  private static final Pattern ID = Pattern.compile("\\w[\\w.-]{0,95}/\\w[\\w.-]{0,95}");

  @Spec private CommandSpec spec;
  @Mixin private PolicyOption policy;

  @Parameters(
      paramLabel = "REPOSITORY",
      description =
          "A repository's folder; or an id org/name, to see the entries for it without its files.")
  private String repository;

  @Option(
      names = "--hub",
      paramLabel = "DIR",
      description =
          "The hub that the folder lies in (default: the Hugging Face cache if the folder is in it, or"
              + " the working directory if the folder is org/name there).")
  private Optional<Path> hub;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    TrustPolicy trust;
    try {
      trust = policy.policy();
    } catch (PolicyException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
    TrustExplanation explanation = explain(trust);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PlainText.json(explanation.toJson()));
    } else {
      explanation.print(out, spec.commandLine().getColorScheme().ansi());
    }
    out.flush();
    return 0;
  }

  private TrustExplanation explain(TrustPolicy trust) throws IOException {
    Path folder = Path.of(repository);
    if (!Files.isDirectory(folder)) {
      if (hub.isPresent() || !ID.matcher(repository).matches()) {
        throw new ParameterException(
            spec.commandLine(),
            "'" + repository + "' is neither a repository's folder nor an id like org/name");
      }
      return TrustExplanation.of(policy.name(), trust, repository, List.of());
    }
    HubPath place = hub.isPresent() ? HubPath.in(hub.get(), folder) : HubPath.of(folder);
    try (Storage storage = Storages.open(place.hub().toString())) {
      Repository found =
          Inventory.containing(storage, place.within())
              .orElseThrow(
                  () ->
                      CommandFailure.error(
                          folder + " lies in no repository of the hub " + place.hub()));
      return TrustExplanation.of(
          policy.name(), trust, found.name(), statements(storage, found, trust));
    }
  }

  private static List<SignedStatement> statements(
      Storage storage, Repository repository, TrustPolicy trust) throws IOException {
    BundleVerifier verifier = new BundleVerifier(trust);
    List<SignedStatement> statements = new ArrayList<>();
    for (HubFile file : Inventory.files(storage, repository)) {
      if (file.kind() == FileKind.SIDECAR) {
        List<CheckedStatement> checked =
            RepositoryAudit.sidecar(storage, file, verifier, Progress.NONE).statements();
        boolean allKnown = checked.stream().allMatch(each -> each.signature().holds());
        Map<Integer, UnknownSigner> unknown =
            allKnown ? Map.of() : unknown(storage, file, checked.get(0).bundleSha256());
        for (CheckedStatement each : checked) {
          statements.add(
              new SignedStatement(
                  each,
                  each.signature().holds()
                      ? Optional.empty()
                      : Optional.ofNullable(unknown.get(each.line()))));
        }
      }
    }
    return statements;
  }

  /** Reads a sidecar once more, for what it says of its signers itself. */
  private static Map<Integer, UnknownSigner> unknown(Storage storage, HubFile file, String sha256) {
    CapturedFile captured = FileScanner.scanCapturing(storage, file, Progress.NONE);
    return captured
        .content()
        .filter(any -> captured.file().sha256().equals(Optional.of(sha256)))
        .map(content -> UnknownSigner.in(content, Clock.systemUTC()))
        .orElse(Map.of());
  }
}
