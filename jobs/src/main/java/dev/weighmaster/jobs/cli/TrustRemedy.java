package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.UnknownSigner;
import dev.weighmaster.trust.PolicyEntry;
import dev.weighmaster.trust.Role;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.trust.TrustRoot;
import dev.weighmaster.trust.TrustRoot.CertificateRoot;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.PrintWriter;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What to add to a policy, so that an unnamed signer counts.
 *
 * @param content of the file that the entry names; empty where the bundle does not have it
 * @param what the file is to hold, for a person who has to ask for it
 */
record TrustRemedy(PolicyEntry entry, Optional<String> content, String what) {

  /**
   * The remedy for a signer under a trust root.
   *
   * @return empty where the policy names it already, revokes it, or asks for more
   */
  static Optional<TrustRemedy> naming(
      CheckedStatement statement, Signer signer, Role role, String repository, TrustPolicy trust) {
    boolean named =
        switch (role) {
          case PUBLISHER -> trust.trustsPublisher(signer, repository);
          case QUANTIZER -> trust.trustsQuantizer(signer, repository);
        };
    boolean logged = statement.signature().logIndex().isPresent();
    return named || isRefused(signer, logged, trust)
        ? Optional.empty()
        : PolicyEntry.naming(signer, role, repository)
            .map(entry -> new TrustRemedy(entry, Optional.empty(), ""));
  }

  /** Whether the policy would not let a signer count that it named. */
  private static boolean isRefused(Signer signer, boolean logged, TrustPolicy trust) {
    return trust.revokedSigner(signer) || (trust.requiresTransparencyLog() && !logged);
  }

  /** Whether what a statement lacks is a trust root for its signer. */
  static boolean isWithoutRoot(UnknownSigner unknown, Problem problem, TrustPolicy trust) {
    boolean noRoot = problem.reason() == Reason.SIGNER_NOT_TRUSTED;
    return switch (unknown.method()) {
      case KEY, SIGSTORE -> noRoot;
      case CERTIFICATE ->
          (noRoot || problem.reason() == Reason.CERTIFICATE_UNTRUSTED)
              && unknown.root().stream()
                  .flatMap(root -> root.certificate().stream())
                  .noneMatch(authority -> isRoot(authority, trust));
    };
  }

  private static boolean isRoot(X509Certificate authority, TrustPolicy trust) {
    return trust.roots().stream()
        .anyMatch(
            root ->
                root instanceof CertificateRoot known && known.certificates().contains(authority));
  }

  /**
   * The remedy for a signer under no trust root.
   *
   * @return empty where the policy revokes it, or asks for more
   */
  static Optional<TrustRemedy> introducing(
      UnknownSigner unknown, Role role, String repository, TrustPolicy trust) {
    String name = rootName(repository, trust);
    Signer signer =
        unknown
            .signer()
            .map(
                found ->
                    new Signer(
                        found.method(), name, found.identity(), found.issuer(), found.keySha256()))
            .orElseGet(() -> new Signer(SigningMethod.KEY, name, "", "", ""));
    if (isRefused(signer, unknown.logged(), trust)) {
      return Optional.empty();
    }
    String what =
        switch (unknown.method()) {
          case KEY -> "the signer's public key in PEM";
          case CERTIFICATE ->
              "the certificate in PEM of the authority " + signer.issuer() + ", or of one above it";
          case SIGSTORE ->
              "the trusted_root.json of the Sigstore instance that issued the certificate";
        };
    return PolicyEntry.introducing(signer, role, repository)
        .map(entry -> new TrustRemedy(entry, unknown.root().map(UnknownSigner.Root::pem), what));
  }

  /** The organisation's name, as far as it makes a file's name, and no other root's. */
  private static String rootName(String repository, TrustPolicy trust) {
    String plain =
        repository
            .substring(0, Math.max(0, repository.indexOf('/')))
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    String name = plain.isEmpty() ? "signer" : plain;
    Set<String> taken = trust.roots().stream().map(TrustRoot::name).collect(Collectors.toSet());
    return taken.contains(name)
        ? IntStream.iterate(2, number -> number + 1)
            .mapToObj(number -> name + "-" + number)
            .filter(next -> !taken.contains(next))
            .findFirst()
            .orElseThrow()
        : name;
  }

  void print(String policy, PrintWriter out) {
    out.println(
        "    to trust this signer, add to "
            + PlainText.line(policy)
            + ", each item to the list of its name:");
    entry.yaml().lines().forEach(line -> out.println("      " + line));
    entry
        .file()
        .ifPresent(
            file -> {
              if (content.isPresent()) {
                out.println(
                    "    and write this to "
                        + file
                        + " beside it, once the signer has confirmed the fingerprint or subject:");
                content.get().lines().forEach(line -> out.println("      " + line));
              } else {
                out.println(
                    "    and write to "
                        + file
                        + " beside it, from the signer: "
                        + PlainText.line(what));
              }
            });
  }

  /** The file in JSON: its content, or what it is to hold. */
  record ShownFile(String name, Optional<String> content, Optional<String> holds) {}

  Optional<ShownFile> file() {
    Optional<String> holds = content.isPresent() ? Optional.empty() : Optional.of(what);
    return entry.file().map(name -> new ShownFile(name, content, holds));
  }
}
