package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.audit.AttestationStore;
import dev.weighmaster.hub.HubShape;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.verify.RepositoryCheck;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster verify}: the verdict on one repository or one file, without Spark. */
@Command(
    name = "verify",
    description = {
      "Prints the verdict that an audit would give on one repository or file, and why.",
      "--hub names the hub. It can be left out for a path in your Hugging Face cache, and for org/name"
          + " or org/name/FILE in the working directory.",
      "If an attestation claims error bounds, and the source's weights are at hand, these are"
          + " measured, and the bounds compared. An audit does not do that.",
      "For a verification summary (FILE.vsa.sigstore.json), checks that it is signed by an auditor in"
          + " the policy, and that the files beside it are the ones that it covers."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:verified",
      "1:unverified",
      "2:broken",
      "3:error",
      "64:usage error, or an invalid policy"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster verify acme/base-7b-GGUF --policy policy.yaml",
      "  weighmaster verify --json --hub hub hub/acme/base-7b-GGUF/base-7b-Q4_K_M.gguf",
      "  weighmaster verify base-7b-Q4_K_M.gguf.vsa.sigstore.json --policy policy.yaml"
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyOption policy;

  @Parameters(
      paramLabel = "PATH",
      description = "A repository's folder, a file in one, or a summary.")
  private Path path;

  @Option(
      names = "--hub",
      paramLabel = "DIR",
      description =
          "The hub that PATH lies in (default: the Hugging Face cache or the working directory, see"
              + " above). Whoever can write there decides what its sources are.")
  private Optional<Path> hub;

  @Option(
      names = "--attestations",
      paramLabel = "URI",
      description =
          "A folder of sidecars stored away from the weights. They are matched by digest, those of a"
              + " source in the whole hub.")
  private Optional<String> attestations;

  @Option(
      names = "--files",
      paramLabel = "DIR",
      description = "Where the files of a summary are (default: beside it).")
  private Optional<Path> files;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    try {
      return verify(policy.policy());
    } catch (PolicyException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
  }

  private int verify(TrustPolicy trust) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(path + ": no such file or folder");
    }
    if (isSummary()) {
      return verifySummary(trust);
    }
    if (files.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--files is for a summary, *" + SummaryFile.SUFFIX);
    }
    if (hub.isEmpty()) {
      checkIsARepository();
    }
    HubPath place = hub.isPresent() ? HubPath.in(hub.get(), path) : HubPath.of(path);
    try (Storage storage = Storages.open(place.hub().toString())) {
      Optional<Repository> found = Inventory.containing(storage, place.within());
      if (found.isEmpty()) {
        throw CommandFailure.error(
            HubShape.ofRoot(storage)
                .map(shape -> shape.notAHub(place.hub().toString()))
                .orElse(path + " lies in no repository of the hub " + place.hub()));
      }
      RepositoryVerdict verdict = verdict(storage, found.get(), place.fileOf(found.get()), trust);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(PlainText.json(json(verdict, place)));
      } else {
        new ChainTree(out, Screen.standard(System.getenv())).print(verdict);
        if (hub.isEmpty()) {
          out.println(PlainText.line("hub: " + place.hub() + ", assumed; --hub names another"));
        }
      }
      out.flush();
      return exitCode(verdict.verdict());
    }
  }

  private String json(RepositoryVerdict verdict, HubPath place) {
    ObjectNode tree = verdict.toTree();
    if (hub.isEmpty()) {
      tree.put("assumed_hub", place.hub().toString());
    }
    return tree.toPrettyString();
  }

  private RepositoryVerdict verdict(
      Storage storage, Repository repository, Optional<String> file, TrustPolicy trust)
      throws IOException {
    BundleVerifier verifier = new BundleVerifier(trust);
    if (attestations.isPresent()) {
      try (Storage elsewhere = store(attestations.get())) {
        AttestationStore statements = statements(elsewhere, verifier);
        return new RepositoryCheck(storage, verifier, statements, true).of(repository, file);
      }
    }
    return new RepositoryCheck(storage, verifier, AttestationStore.NONE, true).of(repository, file);
  }

  private void checkIsARepository() throws IOException {
    if (!Files.isDirectory(path)) {
      return;
    }
    try (Storage folder = new LocalStorage(path)) {
      if (HubShape.holdsRepositories(folder)) {
        throw CommandFailure.error(
            path
                + " holds repositories, and is not one itself; name one of them, or use audit --hub");
      }
    }
  }

  private boolean isSummary() {
    return Files.isRegularFile(path) && path.toString().endsWith(SummaryFile.SUFFIX);
  }

  private int verifySummary(TrustPolicy trust) throws IOException {
    if (hub.isPresent() || attestations.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "a summary is verified without --hub and --attestations");
    }
    Path beside = path.toAbsolutePath().getParent();
    SummaryVerdict verdict = SummaryVerdict.of(path, files.orElse(beside), trust);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PlainText.json(verdict.toJson().toString()));
    } else {
      verdict.print(out);
    }
    out.flush();
    return exitCode(verdict.verdict());
  }

  private static Storage store(String uri) throws IOException {
    try {
      return Storages.open(uri);
    } catch (IOException e) {
      throw AttestationStore.unlistable(uri, e);
    }
  }

  private AttestationStore statements(Storage elsewhere, BundleVerifier verifier)
      throws IOException {
    try {
      return AttestationStore.read(elsewhere, verifier);
    } catch (IOException e) {
      throw AttestationStore.unlistable(attestations.orElseThrow(), e);
    }
  }

  private static int exitCode(Verdict verdict) {
    return switch (verdict) {
      case VERIFIED -> 0;
      case UNVERIFIED -> 1;
      case BROKEN -> 2;
      case ERROR -> 3;
    };
  }
}
