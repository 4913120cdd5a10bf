package dev.weighmaster.jobs.cli;

import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The trust policy of a command. */
final class PolicyOption {
  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "The trust policy; without one, nobody is trusted.")
  private Optional<Path> file;

  /** What messages call the policy. */
  String name() {
    return file.map(path -> String.valueOf(path.getFileName())).orElse("no policy");
  }

  Optional<Path> file() {
    return file;
  }

  Optional<PolicySource> source() throws PolicyException {
    return file.isPresent() ? Optional.of(PolicySource.read(file.get())) : Optional.empty();
  }

  TrustPolicy policy() throws PolicyException {
    return file.isPresent() ? TrustPolicy.load(file.get()) : TrustPolicy.none();
  }
}
