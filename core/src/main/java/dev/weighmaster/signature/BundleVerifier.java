package dev.weighmaster.signature;

import dev.weighmaster.attest.MalformedStatementException;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.Statement;
import dev.weighmaster.attest.StatementReader;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.trust.TrustRoot;
import dev.weighmaster.trust.TrustRoot.CertificateRoot;
import dev.weighmaster.trust.TrustRoot.KeyRoot;
import dev.weighmaster.trust.TrustRoot.SigstoreRoot;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Checks the signatures of sidecars against the trust roots of one policy, without a network.
 * Thread-safe; make one per policy.
 *
 * <p>The checks are made in this order, and the first that does not hold is the one reported: the
 * bundle and its statement parse ({@code MALFORMED_BUNDLE}); the signature holds over the statement
 * ({@code SIGNATURE_INVALID}); then those of the bundle's method, see {@link KeyCheck}, {@link
 * CertificateCheck} and {@link SigstoreCheck}. Whether the signer may speak for a model is the
 * policy's to say, later.
 *
 * <p>Where the policy lets a source be missing from the hub, the model signature that an
 * attestation brings along is checked in the same way, once the attestation's own holds.
 */
public final class BundleVerifier {
  /** Lines that are looked at in a sidecar of one bundle a line. */
  public static final int MAX_LINES = 1000;

  /** Each of them is looked up in the hub. */
  private static final int MAX_EMBEDDED_WEIGHTS = 1000;

  private final TrustPolicy policy;
  private final Clock clock;
  private final KeyCheck keys;
  private final CertificateCheck certificates;
  private final boolean hasCertificateRoots;
  private final List<SigstoreCheck> sigstores;

  /**
   * A verifier for one policy.
   *
   * @param clock tells whether a certificate is valid now, if nothing proves the time at which it
   *     was used
   */
  public BundleVerifier(TrustPolicy policy, Clock clock) {
    this.policy = policy;
    this.clock = clock;
    List<TrustRoot> roots = policy.roots();
    this.sigstores = of(roots, SigstoreRoot.class).stream().map(SigstoreCheck::new).toList();
    var countersignatures = new Countersignatures(sigstores);
    this.keys = new KeyCheck(of(roots, KeyRoot.class), countersignatures);
    List<CertificateRoot> certificateRoots = of(roots, CertificateRoot.class);
    this.certificates = new CertificateCheck(certificateRoots, countersignatures);
    this.hasCertificateRoots = !certificateRoots.isEmpty();
  }

  /** The policy whose trust roots are checked against. */
  public TrustPolicy policy() {
    return policy;
  }

  /** A verifier for one policy, by the system's clock. */
  public BundleVerifier(TrustPolicy policy) {
    this(policy, Clock.systemUTC());
  }

  /**
   * Checks every statement of a sidecar. Whatever the bytes are, the answer says it.
   *
   * @param repository {@code org/name} that the sidecar lies in
   * @param revision of the repository, empty where the layout has none
   * @param name of the sidecar, relative to the repository's root
   * @param sidecar its bytes: a bundle, a bare statement, or lines of them
   * @param sha256 of those bytes, lower-case hexadecimal
   * @return at least one, in the order of the lines; if there are more than {@link #MAX_LINES}, the
   *     first of them, of which none holds
   */
  public List<CheckedStatement> check(
      String repository, String revision, String name, byte[] sidecar, String sha256) {
    var place = new Place(repository, revision, name, sha256);
    if (sidecar.length > JsonFields.MAX_BYTES) {
      return List.of(
          malformed(place, 1, "has " + sidecar.length + " bytes, at most 32 MiB are read"));
    }
    try {
      return List.of(check(place, 1, sidecar));
    } catch (MalformedJsonException e) {
      return name.toLowerCase(Locale.ROOT).endsWith(".jsonl")
          ? checkLines(place, sidecar)
          : List.of(malformed(place, 1, e.getMessage()));
    }
  }

  private List<CheckedStatement> checkLines(Place place, byte[] sidecar) {
    var checked = new ArrayList<CheckedStatement>();
    int line = 0;
    for (int start = 0; start < sidecar.length; ) {
      int end = start;
      while (end < sidecar.length && sidecar[end] != '\n') {
        end++;
      }
      line++;
      byte[] bytes = Arrays.copyOfRange(sidecar, start, end);
      start = end + 1;
      if (isBlank(bytes)) {
        continue;
      }
      if (checked.size() == MAX_LINES) {
        return unsupported(checked);
      }
      try {
        checked.add(check(place, line, bytes));
      } catch (MalformedJsonException e) {
        checked.add(malformed(place, line, e.getMessage()));
      }
    }
    return checked.isEmpty() ? List.of(malformed(place, 1, "is empty")) : checked;
  }

  /** What is left unread may contradict what was read. */
  private static List<CheckedStatement> unsupported(List<CheckedStatement> statements) {
    Problem tooMany =
        new Problem(
            Reason.UNSUPPORTED,
            "the sidecar has more than " + MAX_LINES + " statements, and the others are not read");
    return statements.stream()
        .map(each -> each.withSignature(failed(each.signature().method(), tooMany)))
        .toList();
  }

  private CheckedStatement check(Place place, int line, byte[] bytes)
      throws MalformedJsonException {
    JsonFields json = JsonFields.parse(bytes);
    if (json.has("_type") && !json.has("verificationMaterial")) {
      return checkUnsigned(place, line, bytes);
    }
    if (json.has("payloadType") && !json.has("mediaType")) {
      return malformed(
          place, line, "is a DSSE envelope alone: without a Sigstore bundle nobody signed it");
    }
    try {
      return checkBundle(place, line, SignedBundle.read(json));
    } catch (MalformedJsonException e) {
      return malformed(place, line, "is not a Sigstore bundle of a statement: " + e.getMessage());
    } catch (StackOverflowError e) {
      // Bouncy Castle recurses once for each level of ASN.1, without a limit of its own.
      return malformed(place, line, "has a certificate or timestamp that is nested too deep");
    } catch (RuntimeException e) {
      // A fault of ours, or a library's, in one hostile bundle must not cost the rows of all
      // others.
      return malformed(place, line, "can't be checked: " + Quoted.line(String.valueOf(e)));
    }
  }

  private CheckedStatement checkBundle(Place place, int line, SignedBundle bundle) {
    try {
      Statement statement = StatementReader.read(bundle.statement());
      SignatureCheck signature = checkSignature(bundle, statement);
      return place
          .checked(line, bundle.statement(), signature, Optional.of(statement))
          .withEmbedded(signature.holds() ? embedded(place, line, statement) : Optional.empty());
    } catch (MalformedStatementException e) {
      var failure = new Problem(Reason.MALFORMED_BUNDLE, e.getMessage());
      return place.checked(
          line,
          bundle.statement(),
          failed(Optional.of(bundle.method()), failure),
          Optional.empty());
    }
  }

  private static CheckedStatement checkUnsigned(Place place, int line, byte[] bytes) {
    try {
      Statement statement = StatementReader.read(bytes);
      var failure = new Problem(Reason.UNSIGNED_STATEMENT, "nobody signed the statement");
      return place.checked(line, bytes, failed(Optional.empty(), failure), Optional.of(statement));
    } catch (MalformedStatementException e) {
      return malformed(place, line, e.getMessage());
    }
  }

  /** The source's signature in an attestation. What that has embedded itself is not looked at. */
  private Optional<CheckedStatement> embedded(Place place, int line, Statement attestation) {
    if (policy.requiresSourceInHub() || attestation.sourceBundle().isEmpty()) {
      return Optional.empty();
    }
    try {
      SignedBundle bundle = SignedBundle.read(attestation.sourceBundle().get());
      Statement statement = StatementReader.read(bundle.statement());
      if (statement.manifest().isEmpty()) {
        return Optional.of(malformed(place, line, "embeds a bundle that is not a model signature"));
      }
      ModelManifest manifest = statement.manifest().get();
      SignatureCheck signature = checkSignature(bundle, statement);
      Optional<Problem> unusable =
          signature.holds() ? unusableEmbedded(manifest) : Optional.empty();
      return Optional.of(
          place
              .checked(
                  line,
                  bundle.statement(),
                  unusable.map(problem -> failed(signature.method(), problem)).orElse(signature),
                  Optional.of(statement))
              .withSubjects(List.of())
              .withManifest(
                  manifest.compared(
                      manifest.resources().stream().filter(f -> isWeights(f.path())).toList())));
    } catch (MalformedJsonException e) {
      return Optional.of(
          malformed(place, line, "embeds what is not a Sigstore bundle: " + e.getMessage()));
    } catch (MalformedStatementException e) {
      return Optional.of(malformed(place, line, "embeds a bundle of no model: " + e.getMessage()));
    }
  }

  /** The source's files are not there to be asked whether they are revoked: their list is. */
  private Optional<Problem> unusableEmbedded(ModelManifest manifest) {
    if (manifest.hashType() != HashType.SHA256 || manifest.shardSize().isPresent()) {
      return Optional.of(
          new Problem(
              Reason.UNSUPPORTED,
              "the embedded model signature does not list the sha256 of whole files, so nobody can"
                  + " tell whether one is revoked"));
    }
    long weights = manifest.resources().stream().filter(file -> isWeights(file.path())).count();
    if (weights == 0) {
      return Optional.of(
          new Problem(Reason.UNSIGNED_FILES, "the embedded model signature covers no weights"));
    }
    if (weights > MAX_EMBEDDED_WEIGHTS) {
      return Optional.of(
          new Problem(
              Reason.UNSUPPORTED,
              "the embedded model signature lists more than "
                  + MAX_EMBEDDED_WEIGHTS
                  + " weights files"));
    }
    return manifest.resources().stream()
        .filter(file -> policy.revokedDigest(file.digest()))
        .findFirst()
        .map(
            file ->
                new Problem(
                    Reason.REVOKED,
                    "the policy revokes "
                        + Quoted.of(file.path())
                        + " of the source (sha256:"
                        + file.digest()
                        + ")"));
  }

  private static boolean isWeights(String path) {
    return path.equals(ModelManifest.Resource.ROOT) || FileKind.of(path).isWeights();
  }

  private SignatureCheck checkSignature(SignedBundle bundle, Statement statement) {
    try {
      return switch (bundle.method()) {
        case KEY -> keys.check(bundle, statement.predicateType());
        case CERTIFICATE -> checkCertificate(bundle, statement);
        case SIGSTORE -> checkSigstore(bundle, statement);
      };
    } catch (FailedCheckException e) {
      return failed(Optional.of(bundle.method()), e.problem());
    }
  }

  private SignatureCheck checkCertificate(SignedBundle bundle, Statement statement)
      throws FailedCheckException {
    return certificates.check(bundle, statement.predicateType(), clock.instant());
  }

  private SignatureCheck checkSigstore(SignedBundle bundle, Statement statement)
      throws FailedCheckException {
    X509Certificate leaf = bundle.certificates().get(0);
    EcdsaAlgorithm algorithm = CertificateCheck.leafAlgorithm(leaf);
    if (!algorithm.verify(
        leaf.getPublicKey(),
        PreAuthenticationEncoding.of(bundle.statement()),
        bundle.signature())) {
      throw new FailedCheckException(
          Reason.SIGNATURE_INVALID, "the signature does not hold by the certificate's key");
    }
    var failure =
        new FailedCheckException(
            Reason.SIGNER_NOT_TRUSTED, "the policy has no Sigstore trust root");
    for (SigstoreCheck sigstore : sigstores) {
      try {
        return sigstore.check(bundle);
      } catch (FailedCheckException e) {
        // The instance that issued the certificate knows best what is wrong.
        if (issuerIsUnknown(failure)) {
          failure = e;
        }
      }
    }
    if (bundle.isOlderChain() && hasCertificateRoots && issuerIsUnknown(failure)) {
      return checkCertificate(bundle, statement);
    }
    throw failure;
  }

  private static boolean issuerIsUnknown(FailedCheckException failure) {
    return failure.problem().reason() == Reason.SIGNER_NOT_TRUSTED;
  }

  private static CheckedStatement malformed(Place place, int line, String what) {
    var failure = new Problem(Reason.MALFORMED_BUNDLE, "the sidecar " + what);
    return new CheckedStatement(
        place.repository(),
        place.revision(),
        place.name(),
        line,
        place.sha256(),
        Optional.empty(),
        failed(Optional.empty(), failure),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static SignatureCheck failed(Optional<SigningMethod> method, Problem failure) {
    return new SignatureCheck(
        method, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(failure));
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  private static <T extends TrustRoot> List<T> of(List<TrustRoot> roots, Class<T> kind) {
    return roots.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private record Place(String repository, String revision, String name, String sha256) {
    CheckedStatement checked(
        int line, byte[] payload, SignatureCheck check, Optional<Statement> statement) {
      return new CheckedStatement(
          repository,
          revision,
          name,
          line,
          sha256,
          Optional.of(Sha256Hex.of(payload)),
          check,
          statement.map(Statement::predicateType),
          statement.map(Statement::subjects).orElse(List.of()),
          statement.flatMap(Statement::manifest),
          statement.flatMap(Statement::claim),
          Optional.empty());
    }
  }
}
