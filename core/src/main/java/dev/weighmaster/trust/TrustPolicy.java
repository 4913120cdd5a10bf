package dev.weighmaster.trust;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.ModelReference;
import dev.weighmaster.trust.TrustRoot.KeyRoot;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

/**
 * Who the operator trusts, for what, and what is revoked: see {@code conf/trust/policy.yaml}.
 * Immutable and thread-safe. What it does not name is not trusted.
 */
public final class TrustPolicy {
  private final PolicyDocument document;
  private final String digest;
  private final List<TrustRoot> roots;
  private final List<TrustRootFile> rootFiles;
  private final Set<X500Principal> revokedSubjects;

  private TrustPolicy(
      PolicyDocument document,
      String digest,
      List<TrustRoot> roots,
      List<TrustRootFile> rootFiles) {
    this.document = document;
    this.digest = digest;
    this.roots = List.copyOf(roots);
    this.rootFiles = List.copyOf(rootFiles);
    this.revokedSubjects =
        document.revokedIdentities().stream()
            .flatMap(identity -> DistinguishedName.of(identity).stream())
            .map(DistinguishedName::principal)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The policy that trusts nobody. */
  public static TrustPolicy none() {
    byte[] policy = "version: 1\n".getBytes(StandardCharsets.UTF_8);
    try {
      return parse(PolicySource.of("none", policy, Map.of()));
    } catch (PolicyException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads a policy file and the files that it names. */
  public static TrustPolicy load(Path policy) throws PolicyException {
    return parse(PolicySource.read(policy));
  }

  /**
   * Reads a policy from its bytes.
   *
   * @throws PolicyException for the first thing that is wrong, with its line and column
   */
  public static TrustPolicy parse(PolicySource source) throws PolicyException {
    byte[] policy = source.policy();
    PolicyDocument document = PolicyDocument.parse(source.name(), policy);
    var roots = new ArrayList<TrustRoot>();
    var files = new ArrayList<TrustRootFile>();
    for (PolicyDocument.RootEntry entry : document.roots()) {
      TrustRoot root = root(entry, source.file(entry), roots);
      roots.add(root);
      files.add(new TrustRootFile(root.name(), root.fileSha256(), source.writtenAt(entry)));
    }
    return new TrustPolicy(document, Sha256Hex.of(policy), roots, files);
  }

  private static TrustRoot root(PolicyDocument.RootEntry entry, byte[] file, List<TrustRoot> before)
      throws PolicyException {
    TrustRoot root;
    try {
      root =
          switch (entry.kind()) {
            case SIGSTORE -> TrustRootReader.sigstore(entry.name(), file);
            case CERTIFICATES ->
                TrustRootReader.certificates(entry.name(), file, entry.nowCounts());
            case PUBLIC_KEY -> TrustRootReader.publicKey(entry.name(), file);
          };
    } catch (PolicyException e) {
      PolicyException placed = entry.error(e.getMessage());
      placed.initCause(e);
      throw placed;
    }
    // A signer has the name of one root: rules under a second name would never match.
    for (TrustRoot other : before) {
      if (isSame(root, other)) {
        throw entry.error("is the same as that of the trust root \"" + other.name() + "\"");
      }
    }
    return root;
  }

  private static boolean isSame(TrustRoot a, TrustRoot b) {
    return a.fileSha256().equals(b.fileSha256())
        || (a instanceof KeyRoot x
            && b instanceof KeyRoot y
            && x.fingerprint().equals(y.fingerprint()));
  }

  /** Whether the policy names the signer as a publisher of the model {@code org/name}. */
  public boolean trustsPublisher(Signer signer, String model) {
    return document.publishers().stream().anyMatch(grant -> grant.covers(signer, model));
  }

  /** Whether the policy names the signer as a quantizer for the repository {@code org/name}. */
  public boolean trustsQuantizer(Signer signer, String repository) {
    return document.quantizers().stream().anyMatch(grant -> grant.covers(signer, repository));
  }

  /**
   * Paths, of files and of folders, that a publisher's model signature need not cover, beside those
   * that the signature itself lists. Weights must be covered in every folder.
   */
  public Set<String> ignoredPaths(Signer signer, String model) {
    return document.publishers().stream()
        .filter(grant -> grant.covers(signer, model))
        .flatMap(grant -> grant.ignoredPaths().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the policy names the signer as an auditor, who signs runs. */
  public boolean trustsAuditor(Signer signer) {
    return document.auditors().stream().anyMatch(auditor -> auditor.is(signer));
  }

  /**
   * Whether the policy names the signer as the auditor of an id.
   *
   * @param verifier the {@code verifier.id} of a verification summary
   */
  public boolean trustsAuditor(Signer signer, String verifier) {
    return document.auditors().stream()
        .anyMatch(auditor -> auditor.verifier().equals(verifier) && auditor.is(signer));
  }

  /** How each entry of a role looks at a repository and a signer, in the policy's order. */
  public List<GrantExplanation> explain(Role role, String repository, Optional<Signer> signer) {
    return grants(role).stream().map(grant -> grant.explain(repository, signer)).toList();
  }

  /**
   * Whether somebody may be named in one role for a place and in another for one of some models:
   * never false where a signer is, but true also where two regular expressions may have no text in
   * common.
   *
   * @param place which entries of the policy are for that place
   */
  public boolean sharesSigner(
      Role role, Predicate<ModelPattern> place, Role other, List<String> models) {
    List<SignerRule> here =
        grants(role).stream()
            .filter(grant -> place.test(grant.pattern()))
            .flatMap(grant -> grant.signers().stream())
            .toList();
    return !here.isEmpty()
        && grants(other).stream()
            .filter(grant -> models.stream().anyMatch(grant.pattern()::matches))
            .flatMap(grant -> grant.signers().stream())
            .anyMatch(rule -> here.stream().anyMatch(rule::mayShareSigner));
  }

  private List<PolicyDocument.Grant> grants(Role role) {
    return switch (role) {
      case PUBLISHER -> document.publishers();
      case QUANTIZER -> document.quantizers();
    };
  }

  /**
   * The name that a model has today, by the policy's aliases: its own if it has none.
   *
   * @param model {@code org/name} in any letter case
   */
  public String currentName(String model) {
    return document.aliases().getOrDefault(ModelReference.folded(model), model);
  }

  /** Whether a bundle must carry a verified log entry to count. */
  public boolean requiresTransparencyLog() {
    return document.transparencyLog();
  }

  /**
   * Whether a source must be in the hub, so that its own bytes are checked. Otherwise the signature
   * that an attestation brings along counts for a source that is not there.
   */
  public boolean requiresSourceInHub() {
    return document.sourceInHub();
  }

  /** Which files of a signed repository its model signature must cover. */
  public Coverage coverage() {
    return document.coverage();
  }

  /** What becomes of a chain that a model card or a header contradicts. */
  public OnMismatch onClaimMismatch() {
    return document.onClaimMismatch();
  }

  /** What becomes of a chain whose attested format or method is not that of the weights. */
  public OnMismatch onMethodMismatch() {
    return document.onMethodMismatch();
  }

  /** The treatment of a chain if a loader also reads files that no named signer covers. */
  public OnUnattestedExtras onUnattestedExtras() {
    return document.onUnattestedExtras();
  }

  /** The verdict that a reason comes to under this policy. */
  public Verdict verdict(Reason reason) {
    return reason.isAbsence() && document.onAbsentSource() == OnAbsence.BREAK
        ? Verdict.BROKEN
        : reason.verdict();
  }

  /** How many links a chain may have, from 1 to 64. */
  public int maxChainDepth() {
    return document.maxChainDepth();
  }

  /** Whether anything at all is revoked. */
  public boolean revokesAnything() {
    return !document.revokedDigests().isEmpty()
        || !document.revokedIdentities().isEmpty()
        || !document.revokedKeys().isEmpty()
        || !document.revokedStatements().isEmpty();
  }

  /** Whether a file's digest, or a model's root digest, is revoked. */
  public boolean revokedDigest(String sha256) {
    return document.revokedDigests().contains(sha256);
  }

  /**
   * Whether a signer is revoked by its identity or by the key that it signed with. A certificate's
   * subject is compared as a name, however the policy writes it; case and blanks do not count, so
   * that no spelling is left out.
   */
  public boolean revokedSigner(Signer signer) {
    return document.revokedIdentities().contains(signer.identity())
        || document.revokedKeys().contains(signer.keySha256())
        || (signer.method() == SigningMethod.CERTIFICATE
            && DistinguishedName.of(signer.identity())
                .map(DistinguishedName::principal)
                .filter(revokedSubjects::contains)
                .isPresent());
  }

  /** Whether a statement is revoked, by the digest of its payload or of its bundle file. */
  public boolean revokedStatement(String sha256) {
    return document.revokedStatements().contains(sha256);
  }

  /** SHA-256 of the policy file's bytes, lower-case hexadecimal. */
  public String digest() {
    return digest;
  }

  /** Each trust root's file, in the policy's order. */
  public List<TrustRootFile> trustRootFiles() {
    return rootFiles;
  }

  /** The trust roots in the policy's order. */
  public List<TrustRoot> roots() {
    return roots;
  }
}
