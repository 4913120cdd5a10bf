package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.sign.TufRepository;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustedRootUpdate;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weighmaster trust refresh}: takes a Sigstore instance's newest trusted root. */
@Command(
    name = "refresh",
    description = {
      "Fetches the newest trusted root of a Sigstore instance from its TUF repository, verifies it by"
          + " the signatures of its keyholders, and replaces the one that a policy names.",
      "audit and verify never do this: they only read the file."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:the file is the newest trusted root, changed or not",
      "3:it could not be updated, and is unchanged",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster trust refresh --policy conf/trust/policy.yaml",
      "  weighmaster trust refresh --staging --policy conf/trust/policy.yaml"
    })
final class TrustRefreshCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      defaultValue = "conf/trust/policy.yaml",
      description = "The policy beside which the trusted root lies (default: ${DEFAULT-VALUE}).")
  private Path policy;

  @Option(
      names = "--file",
      paramLabel = "NAME",
      description =
          "The trusted root's file, relative to the policy (default: the instance's name, as in"
              + " public-good.trusted_root.json).")
  private Optional<Path> file;

  @Option(names = "--staging", description = "Update the root of Sigstore's staging instance.")
  private boolean staging;

  @ArgGroup(exclusive = false)
  private PrivateInstance instance;

  private static final class PrivateInstance {
    @Option(
        names = "--tuf-mirror",
        required = true,
        paramLabel = "URL",
        description = "The TUF repository of a private instance.")
    private URI mirror;

    @Option(
        names = "--tuf-root",
        required = true,
        paramLabel = "FILE",
        description = "A root.json of that repository, from a source that you trust.")
    private Path root;

    @Option(
        names = "--tuf-cache",
        paramLabel = "DIR",
        description =
            "Where to remember what the repository has published, so that it can't go back to older"
                + " versions (default: a folder in ~/.sigstore-java).")
    private Optional<Path> cache = Optional.empty();
  }

  @Override
  public Integer call() throws IOException {
    if (staging && instance != null) {
      throw new ParameterException(
          spec.commandLine(), "--staging and --tuf-mirror are two instances, name one");
    }
    if (instance != null && file.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--tuf-mirror needs --file, the trusted root's file");
    }
    if (!Files.exists(policy)) {
      throw CommandFailure.error(
          policy + ": no such policy; --policy names the one to refresh a root of");
    }
    Path target =
        policy.resolveSibling(
            file.orElse(Path.of((staging ? "staging" : "public-good") + ".trusted_root.json")));
    byte[] before = Files.exists(target) ? Files.readAllBytes(target) : new byte[0];
    TufRepository repository = repository();
    byte[] after = repository.target(TufRepository.TRUSTED_ROOT);
    TrustedRootUpdate update;
    try {
      update = TrustedRootUpdate.of(before, after);
    } catch (PolicyException e) {
      throw CommandFailure.error(
          "the trusted root of " + repository.mirror() + " can't be used: " + e.getMessage());
    }
    if (update.isChange()) {
      replace(target, after);
    }
    json.print(
        spec.commandLine().getOut(),
        () -> json(target, before, after, update),
        () -> print(target, before, after, update));
    return 0;
  }

  private TufRepository repository() {
    if (instance == null) {
      return staging ? TufRepository.staging() : TufRepository.publicGood();
    }
    String name = Sha256Hex.of(instance.mirror.toString().getBytes(StandardCharsets.UTF_8));
    return TufRepository.mirror(
        instance.mirror, instance.root, instance.cache.orElse(TufRepository.home().resolve(name)));
  }

  private static void replace(Path target, byte[] content) throws IOException {
    Path unfinished = target.resolveSibling("." + target.getFileName() + ".new");
    try {
      Files.write(unfinished, content);
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private void print(Path target, byte[] before, byte[] after, TrustedRootUpdate update) {
    PrintWriter out = spec.commandLine().getOut();
    String newest = "sha256:" + Sha256Hex.of(after);
    if (!update.isChange()) {
      out.println(PlainText.line(target.toString()) + " is the newest, " + newest);
    } else {
      out.println("updated " + PlainText.line(target.toString()));
      if (before.length > 0) {
        out.println("  was          sha256:" + Sha256Hex.of(before));
      }
      out.println("  is           " + newest);
      update.changes().forEach(change -> out.println("  " + PlainText.line(change)));
    }
  }

  /** What {@code --json} prints. */
  private record Shown(
      String trustedRoot,
      boolean updated,
      String sha256,
      Optional<String> earlierSha256,
      List<String> changes) {}

  private static ObjectNode json(
      Path target, byte[] before, byte[] after, TrustedRootUpdate update) {
    return RecordJson.tree(
        new Shown(
            target.toString(),
            update.isChange(),
            Sha256Hex.of(after),
            before.length > 0 ? Optional.of(Sha256Hex.of(before)) : Optional.empty(),
            update.changes()));
  }
}
