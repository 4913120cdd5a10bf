package dev.weighmaster.signature;

import dev.sigstore.fulcio.client.FulcioVerificationException;
import dev.sigstore.fulcio.client.FulcioVerifier;
import dev.sigstore.rekor.client.ImmutableInclusionProof;
import dev.sigstore.rekor.client.ImmutableRekorEntry;
import dev.sigstore.rekor.client.ImmutableVerification;
import dev.sigstore.rekor.client.RekorEntry;
import dev.sigstore.rekor.client.RekorEntry.InclusionProof;
import dev.sigstore.rekor.client.RekorParseException;
import dev.sigstore.rekor.client.RekorVerificationException;
import dev.sigstore.rekor.client.RekorVerifier;
import dev.sigstore.timestamp.client.ImmutableTimestampResponse;
import dev.sigstore.timestamp.client.TimestampException;
import dev.sigstore.timestamp.client.TimestampResponse;
import dev.sigstore.timestamp.client.TimestampVerificationException;
import dev.sigstore.timestamp.client.TimestampVerifier;
import dev.sigstore.trustroot.CertificateAuthority;
import dev.sigstore.trustroot.TransparencyLog;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.signature.Countersignatures.Vouched;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustRoot.SigstoreRoot;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The method sigstore of OMS 1.0, sections 4.1 and 8.2, offline, against one Sigstore instance.
 *
 * <p>sigstore-java's verifiers of certificates, log entries and timestamps do what they do. Its
 * {@code KeylessVerifier} is not used: it counts a payload's length in UTF-16 characters where DSSE
 * counts bytes, it does not know the current entries of Rekor v2, and it leaves out what is marked
 * with a star. In this order:
 *
 * <ol>
 *   <li>the envelope's signature holds by the leaf's key: {@code SIGNATURE_INVALID};
 *   <li>* the leaf leads to a certificate authority of the instance: {@code SIGNER_NOT_TRUSTED};
 *   <li>it holds under that one by RFC 5280, section 6, and has a certificate timestamp (SCT) by
 *       one of the instance's logs: {@code CERTIFICATE_UNTRUSTED};
 *   <li>* the leaf is for code signing, is no authority, and names one identity and its issuer:
 *       {@code CERTIFICATE_UNTRUSTED};
 *   <li>one log entry at least is in a log of the instance, and every such entry is of this
 *       envelope, {@link LogEntryBody} (* also of this certificate), is included in the log by a
 *       Merkle proof * of exactly the right shape, {@link InclusionShape}, under a checkpoint * of
 *       the same size * and of that log (its origin), that the log signed; a signed entry
 *       timestamp, where there is one, holds too; * in a log of one tree (Rekor v2) the entry's
 *       index is the one that is proven: {@code LOG_PROOF_INVALID};
 *   <li>every RFC 3161 timestamp over the signature holds by an authority of the instance: {@code
 *       TIMESTAMP_INVALID};
 *   <li>* at least one time is proven, by the log or by a timestamp: {@code TIMESTAMP_INVALID};
 *   <li>the leaf was valid at every such time (* the log's too), * and its authority was in use
 *       then, not only at the time from which the leaf says that it is valid: {@code
 *       CERTIFICATE_UNTRUSTED};
 *   <li>* the log's key was in use at every such time: {@code LOG_PROOF_INVALID}.
 * </ol>
 *
 * <p>{@code docs/signatures.md} names the test that breaks each. Thread-safe.
 */
final class SigstoreCheck {
  /** What the lines of a note's signatures begin with (C2SP signed-note). */
  private static final String SIGNED_BY = "\n\u2014 ";

  private final SigstoreRoot root;
  private final Map<CertificateAuthority, FulcioVerifier> fulcios = new LinkedHashMap<>();
  private final RekorVerifier rekor;
  private final TimestampVerifier timestamps;

  SigstoreCheck(SigstoreRoot root) {
    this.root = root;
    try {
      for (CertificateAuthority authority : root.trustedRoot().getCAs()) {
        fulcios.put(
            authority,
            FulcioVerifier.newFulcioVerifier(List.of(authority), root.trustedRoot().getCTLogs()));
      }
      this.rekor = RekorVerifier.newRekorVerifier(root.trustedRoot());
      this.timestamps = TimestampVerifier.newTimestampVerifier(root.trustedRoot());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the trust root " + root.name() + " is unusable", e);
    }
  }

  /** Makes the checks after the first, which is the caller's as it needs no trust root. */
  SignatureCheck check(SignedBundle bundle) throws FailedCheckException {
    X509Certificate leaf = bundle.certificates().get(0);
    List<CertificateAuthority> issuers = issuers(bundle.certificates());
    FulcioIdentity identity = FulcioIdentity.of(leaf);
    List<RekorEntry> entries = logEntries(bundle, CertificateCheck.encoded(leaf));
    if (entries.isEmpty()) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the log entry is in no log of the Sigstore instance \"" + root.name() + '"');
    }
    List<Instant> timestamped = timestampTimes(bundle);
    List<Instant> times = new ArrayList<>(timestamped);
    entries.stream()
        .filter(SigstoreCheck::isPromised)
        .map(RekorEntry::getIntegratedTimeInstant)
        .forEach(times::add);
    if (times.isEmpty()) {
      throw new FailedCheckException(
          Reason.TIMESTAMP_INVALID,
          "the time of signing is not proven: there is no signed entry timestamp and no RFC 3161"
              + " timestamp");
    }
    for (Instant time : times) {
      checkTime(leaf, issuers, time);
    }
    checkLogTimes(entries, timestamped, times);
    var signer =
        new Signer(
            SigningMethod.SIGSTORE,
            root.name(),
            identity.identity(),
            identity.issuer(),
            KeyFingerprint.of(leaf.getPublicKey()));
    return new SignatureCheck(
        Optional.of(SigningMethod.SIGSTORE),
        Optional.of(signer),
        Optional.of(provenIndex(entries.get(0))),
        Optional.of(times.get(0)),
        Optional.empty());
  }

  /** See {@link Countersignatures#check}. */
  Vouched countersigned(SignedBundle bundle, byte[] verifier) throws FailedCheckException {
    List<Instant> timestamped = new ArrayList<>();
    try {
      timestamped.addAll(timestampTimes(bundle));
    } catch (FailedCheckException e) {
      // By an authority that this instance does not have: it proves nothing.
    }
    List<RekorEntry> entries = logEntries(bundle, verifier);
    List<Instant> times = new ArrayList<>(timestamped);
    entries.stream()
        .filter(SigstoreCheck::isPromised)
        .map(RekorEntry::getIntegratedTimeInstant)
        .forEach(times::add);
    checkLogTimes(entries, timestamped, times);
    // Without a time nobody can say whether the log's key was in use then.
    return times.isEmpty()
        ? Vouched.NOTHING
        : new Vouched(
            entries.stream().findFirst().map(SigstoreCheck::provenIndex),
            Optional.of(times.get(0)));
  }

  private boolean hasLog(JsonFields entry) throws FailedCheckException {
    try {
      byte[] logId = entry.object("logId").bytes("keyId");
      return TransparencyLog.find(root.trustedRoot().getTLogs(), logId).isPresent();
    } catch (MalformedJsonException e) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID, "the log entry is malformed: " + e.getMessage());
    }
  }

  private List<Instant> timestampTimes(SignedBundle bundle) throws FailedCheckException {
    var times = new ArrayList<Instant>();
    for (byte[] timestamp : bundle.timestamps()) {
      try {
        TimestampResponse response =
            ImmutableTimestampResponse.builder().encoded(timestamp).build();
        timestamps.verify(response, bundle.signature());
        times.add(response.getGenTime().toInstant());
      } catch (TimestampVerificationException | TimestampException | RuntimeException e) {
        throw new FailedCheckException(
            Reason.TIMESTAMP_INVALID, "the RFC 3161 timestamp does not hold", e);
      }
    }
    return times;
  }

  /**
   * The authorities under which the certificate holds, of those that were in use when it says that
   * it becomes valid.
   */
  private List<CertificateAuthority> issuers(List<X509Certificate> bundle)
      throws FailedCheckException {
    List<X509Certificate> known =
        fulcios.keySet().stream().flatMap(authority -> chain(authority).stream()).toList();
    if (CertificatePaths.to(known, bundle).isEmpty()) {
      throw CertificateCheck.unknownAuthority(
          bundle, known, "no authority of the Sigstore instance \"" + root.name() + '"');
    }
    if (bundle.stream().skip(1).anyMatch(SigstoreCheck::isRoot)) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED,
          "the bundle brings a root certificate along, which a keyless one must not");
    }
    List<CertificateAuthority> inUse =
        CertificateAuthority.find(
            root.trustedRoot().getCAs(), bundle.get(0).getNotBefore().toInstant());
    Optional<FailedCheckException> failure = Optional.empty();
    List<CertificateAuthority> issuers = new ArrayList<>();
    for (CertificateAuthority authority : inUse) {
      try {
        checkCertificates(bundle, authority);
        issuers.add(authority);
      } catch (FulcioVerificationException
          | IOException
          | CertificateException
          | RuntimeException e) {
        // The authority that the certificate leads to knows best what is wrong.
        if (failure.isEmpty() || !CertificatePaths.to(chain(authority), bundle).isEmpty()) {
          failure =
              Optional.of(
                  new FailedCheckException(
                      Reason.CERTIFICATE_UNTRUSTED,
                      "the certificate does not hold under the Sigstore instance \""
                          + root.name()
                          + '"',
                      e));
        }
      }
    }
    if (issuers.isEmpty()) {
      throw failure.orElseGet(
          () ->
              new FailedCheckException(
                  Reason.CERTIFICATE_UNTRUSTED,
                  "no authority of the Sigstore instance \""
                      + root.name()
                      + "\" was in use when the certificate begins"));
    }
    return issuers;
  }

  /** The verifier adds the authority's own certificates to those that are not. */
  private void checkCertificates(List<X509Certificate> bundle, CertificateAuthority authority)
      throws FulcioVerificationException, IOException, CertificateException {
    List<X509Certificate> chain = chain(authority);
    List<X509Certificate> others =
        bundle.stream().filter(each -> !chain.contains(each)).distinct().toList();
    List<X509Certificate> path =
        CertificatePaths.to(List.of(chain.get(0)), others.isEmpty() ? bundle : others).stream()
            .findFirst()
            .orElse(List.of(bundle.get(0)));
    fulcios
        .get(authority)
        .verifySigningCertificate(CertificateFactory.getInstance("X.509").generateCertPath(path));
  }

  private static List<X509Certificate> chain(CertificateAuthority authority) {
    return authority.getCertPath().getCertificates().stream()
        .map(X509Certificate.class::cast)
        .toList();
  }

  private static boolean isRoot(X509Certificate certificate) {
    return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
  }

  /**
   * The entries in logs that the instance has, each of which must hold.
   *
   * @return empty where there is none; an entry of another log proves nothing
   */
  private List<RekorEntry> logEntries(SignedBundle bundle, byte[] verifier)
      throws FailedCheckException {
    List<RekorEntry> entries = new ArrayList<>();
    for (JsonFields entry : bundle.logEntries()) {
      if (hasLog(entry)) {
        entries.add(logEntry(entry, bundle, verifier));
      }
    }
    return entries;
  }

  private RekorEntry logEntry(JsonFields json, SignedBundle bundle, byte[] verifier)
      throws FailedCheckException {
    LogEntryBody.check(json, bundle, verifier);
    try {
      RekorEntry entry = namedByHost(RekorEntry.fromTLogEntryJson(json.json()));
      rekor.verifyEntry(entry);
      InclusionProof proof = entry.getVerification().getInclusionProof();
      InclusionShape.check(proof);
      checkPlace(entry, proof);
      return entry;
    } catch (RekorParseException | RekorVerificationException | RuntimeException e) {
      throw new FailedCheckException(Reason.LOG_PROOF_INVALID, "the log entry does not hold", e);
    }
  }

  /**
   * The entry with the log's signature of its checkpoint under the name that sigstore-java looks
   * for, the host of the log's URL; a log at a port may sign under both. The name is not signed.
   */
  private RekorEntry namedByHost(RekorEntry entry) {
    InclusionProof proof = entry.getVerification().getInclusionProof();
    URI url = log(entry).getBaseUrl();
    if (url.getPort() < 0 || proof == null || proof.getCheckpoint() == null) {
      return entry;
    }
    String checkpoint =
        proof
            .getCheckpoint()
            .replace(SIGNED_BY + withPort(url) + ' ', SIGNED_BY + url.getHost() + ' ');
    return ImmutableRekorEntry.builder()
        .from(entry)
        .verification(
            ImmutableVerification.builder()
                .from(entry.getVerification())
                .inclusionProof(
                    ImmutableInclusionProof.builder().from(proof).checkpoint(checkpoint).build())
                .build())
        .build();
  }

  private static String withPort(URI url) {
    return url.getHost() + ':' + url.getPort();
  }

  private TransparencyLog log(RekorEntry entry) {
    byte[] logId = HexFormat.of().parseHex(entry.getLogID());
    return TransparencyLog.find(root.trustedRoot().getTLogs(), logId).orElseThrow();
  }

  private static boolean isPromised(RekorEntry entry) {
    String promise = entry.getVerification().getSignedEntryTimestamp();
    return promise != null && !promise.isEmpty();
  }

  /** The index across all trees of the log, if the promise proves it. */
  private static long provenIndex(RekorEntry entry) {
    return isPromised(entry)
        ? entry.getLogIndex()
        : entry.getVerification().getInclusionProof().getLogIndex();
  }

  /**
   * Whether the checkpoint's first line names the log (C2SP tlog-checkpoint). Rekor v1 adds its
   * tree, after a hyphen; a log that does not has one tree, so that the entry's index is the
   * leaf's.
   */
  private void checkPlace(RekorEntry entry, InclusionProof proof)
      throws FailedCheckException, RekorParseException {
    URI url = log(entry).getBaseUrl();
    String origin = proof.parsedCheckpoint().getOrigin();
    boolean ofOneTree = origin.equals(url.getHost()) || origin.equals(withPort(url));
    if (!ofOneTree
        && !origin.startsWith(url.getHost() + " - ")
        && !origin.startsWith(withPort(url) + " - ")) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the checkpoint is of the log " + Quoted.of(origin) + ", expected " + url.getHost());
    }
    if (ofOneTree && entry.getLogIndex() != proof.getLogIndex()) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the log entry claims to be number "
              + entry.getLogIndex()
              + ", but number "
              + proof.getLogIndex()
              + " is proven");
    }
  }

  private void checkTime(X509Certificate leaf, List<CertificateAuthority> issuers, Instant time)
      throws FailedCheckException {
    if (time.isBefore(leaf.getNotBefore().toInstant())
        || time.isAfter(leaf.getNotAfter().toInstant())) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED,
          String.format(
              "the certificate was valid from %s to %s, but the signature is of %s",
              leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant(), time));
    }
    if (issuers.stream().noneMatch(authority -> authority.getValidFor().contains(time))) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED,
          "the authority that issued the certificate was not in use at " + time);
    }
  }

  /** Each log's key must have been in use when it promised, and at what was stamped besides. */
  private void checkLogTimes(List<RekorEntry> entries, List<Instant> timestamped, List<Instant> all)
      throws FailedCheckException {
    for (RekorEntry entry : entries) {
      List<Instant> own = new ArrayList<>(timestamped);
      if (isPromised(entry)) {
        own.add(entry.getIntegratedTimeInstant());
      }
      for (Instant time : own.isEmpty() ? all : own) {
        checkLogTime(entry, time);
      }
    }
  }

  private void checkLogTime(RekorEntry entry, Instant time) throws FailedCheckException {
    byte[] logId = HexFormat.of().parseHex(entry.getLogID());
    if (TransparencyLog.find(root.trustedRoot().getTLogs(), logId, time).isEmpty()) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the log's key " + Quoted.line(entry.getLogID()) + " was not in use at " + time);
    }
  }
}
