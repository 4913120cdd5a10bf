package dev.weighmaster.sign;

import dev.sigstore.fulcio.client.FulcioVerificationException;
import dev.sigstore.fulcio.client.FulcioVerifier;
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
import dev.weighmaster.sign.Countersignatures.Vouched;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustRoot.SigstoreRoot;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The method sigstore of OMS 1.0, sections 4.1 and 8.2, offline, against one Sigstore instance.
 *
 * <p>sigstore-java's verifiers of certificates, log entries and timestamps do what they do; its
 * {@code KeylessVerifier} is not used, since it takes a payload's length in UTF-16 characters where
 * DSSE takes it in bytes, and since it leaves out what is marked with a star. In this order:
 *
 * <ol>
 *   <li>the envelope's signature holds by the leaf's key: {@code SIGNATURE_INVALID};
 *   <li>the leaf chains to a certificate authority of the instance, and bears a certificate
 *       timestamp (SCT) by one of its logs: {@code CERTIFICATE_UNTRUSTED};
 *   <li>* the leaf is for code signing, is no authority, and names one identity and its issuer:
 *       {@code CERTIFICATE_UNTRUSTED};
 *   <li>the log entry is of this envelope, {@link LogEntryBody} (* also of this certificate), is
 *       included in the log by a Merkle proof * of exactly the right shape, {@link InclusionShape},
 *       under a checkpoint * of the same size * and of that log (its origin), that the log signed;
 *       a signed entry timestamp, where there is one, holds too; * in a log of one tree (Rekor v2)
 *       the entry's index is the one that is proven: {@code LOG_PROOF_INVALID};
 *   <li>every RFC 3161 timestamp over the signature holds by an authority of the instance: {@code
 *       TIMESTAMP_INVALID};
 *   <li>* at least one time is vouched for, by the log or by a timestamp: {@code
 *       TIMESTAMP_INVALID};
 *   <li>the leaf was valid at every such time (* the log's too), * and its authority was in use
 *       then, not only at the time from which the leaf says that it is valid: {@code
 *       CERTIFICATE_UNTRUSTED};
 *   <li>* the log's key was in use at every such time: {@code LOG_PROOF_INVALID}.
 * </ol>
 *
 * <p>{@code docs/signatures.md} names the test that breaks each. Thread-safe.
 */
final class SigstoreCheck {
  private final SigstoreRoot root;
  private final FulcioVerifier fulcio;
  private final RekorVerifier rekor;
  private final TimestampVerifier timestamps;

  SigstoreCheck(SigstoreRoot root) {
    this.root = root;
    try {
      this.fulcio = FulcioVerifier.newFulcioVerifier(root.trustedRoot());
      this.rekor = RekorVerifier.newRekorVerifier(root.trustedRoot());
      this.timestamps = TimestampVerifier.newTimestampVerifier(root.trustedRoot());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the trust root " + root.name() + " is unusable", e);
    }
  }

  /** Makes the checks after the first, which is the caller's as it needs no trust root. */
  SignatureCheck check(SignedBundle bundle) throws FailedCheckException {
    X509Certificate leaf = bundle.certificates().get(0);
    checkCertificates(bundle.certificates());
    FulcioIdentity identity = FulcioIdentity.of(leaf);
    RekorEntry entry = logEntry(bundle, CertificateCheck.encoded(leaf));
    List<Instant> times = new ArrayList<>(timestampTimes(bundle));
    if (isPromised(entry)) {
      times.add(entry.getIntegratedTimeInstant());
    }
    if (times.isEmpty()) {
      throw new FailedCheckException(
          Reason.TIMESTAMP_INVALID,
          "no time of signing is vouched for: there is no signed entry timestamp and no RFC 3161"
              + " timestamp");
    }
    List<CertificateAuthority> issuers = issuers(bundle.certificates());
    for (Instant time : times) {
      checkTime(leaf, issuers, entry, time);
    }
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
        Optional.of(provenIndex(entry)),
        Optional.of(times.get(0)),
        Optional.empty());
  }

  /** See {@link Countersignatures#check}. */
  Vouched countersigned(SignedBundle bundle, byte[] verifier) throws FailedCheckException {
    List<Instant> times = new ArrayList<>();
    try {
      times.addAll(timestampTimes(bundle));
    } catch (FailedCheckException e) {
      // By an authority that this instance does not have: it vouches for nothing.
    }
    if (bundle.logEntries().isEmpty() || !hasLog(bundle.logEntries().get(0))) {
      return new Vouched(Optional.empty(), times.stream().findFirst());
    }
    RekorEntry entry = logEntry(bundle, verifier);
    if (isPromised(entry)) {
      times.add(entry.getIntegratedTimeInstant());
    }
    for (Instant time : times) {
      checkLogTime(entry, time);
    }
    return new Vouched(Optional.of(provenIndex(entry)), times.stream().findFirst());
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

  private void checkCertificates(List<X509Certificate> certificates) throws FailedCheckException {
    try {
      fulcio.verifySigningCertificate(
          CertificateFactory.getInstance("X.509").generateCertPath(certificates));
    } catch (FulcioVerificationException
        | IOException
        | CertificateException
        | RuntimeException e) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED,
          "the certificate is none of the Sigstore instance \"" + root.name() + "\"",
          e);
    }
  }

  private RekorEntry logEntry(SignedBundle bundle, byte[] verifier) throws FailedCheckException {
    JsonFields json = bundle.logEntries().get(0);
    LogEntryBody.check(json, bundle, verifier);
    try {
      RekorEntry entry = RekorEntry.fromTLogEntryJson(json.json());
      rekor.verifyEntry(entry);
      InclusionProof proof = entry.getVerification().getInclusionProof();
      InclusionShape.check(proof);
      checkPlace(entry, proof);
      return entry;
    } catch (RekorParseException | RekorVerificationException | RuntimeException e) {
      throw new FailedCheckException(Reason.LOG_PROOF_INVALID, "the log entry does not hold", e);
    }
  }

  private static boolean isPromised(RekorEntry entry) {
    String promise = entry.getVerification().getSignedEntryTimestamp();
    return promise != null && !promise.isEmpty();
  }

  /** The index across all trees of the log, where the promise vouches for it. */
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
    byte[] logId = HexFormat.of().parseHex(entry.getLogID());
    String name =
        TransparencyLog.find(root.trustedRoot().getTLogs(), logId)
            .orElseThrow()
            .getBaseUrl()
            .getHost();
    String origin = proof.parsedCheckpoint().getOrigin();
    if (!origin.equals(name) && !origin.startsWith(name + " - ")) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the checkpoint is of the log " + Quoted.of(origin) + ", expected " + name);
    }
    if (origin.equals(name) && entry.getLogIndex() != proof.getLogIndex()) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the log entry claims to be number "
              + entry.getLogIndex()
              + ", but number "
              + proof.getLogIndex()
              + " is proven");
    }
  }

  /**
   * The authorities under which a certificate holds that is known to hold under one of them; all
   * were in use when it says that it becomes valid.
   */
  private List<CertificateAuthority> issuers(List<X509Certificate> certificates) {
    List<CertificateAuthority> inUse =
        CertificateAuthority.find(
            root.trustedRoot().getCAs(), certificates.get(0).getNotBefore().toInstant());
    if (inUse.size() == 1) {
      return inUse;
    }
    var issuers = new ArrayList<CertificateAuthority>();
    for (CertificateAuthority authority : inUse) {
      if (holds(certificates, authority)) {
        issuers.add(authority);
      }
    }
    return issuers;
  }

  private boolean holds(List<X509Certificate> certificates, CertificateAuthority authority) {
    try {
      FulcioVerifier.newFulcioVerifier(List.of(authority), root.trustedRoot().getCTLogs())
          .verifySigningCertificate(
              CertificateFactory.getInstance("X.509").generateCertPath(certificates));
      return true;
    } catch (FulcioVerificationException
        | GeneralSecurityException
        | IOException
        | RuntimeException e) {
      return false;
    }
  }

  private void checkTime(
      X509Certificate leaf, List<CertificateAuthority> issuers, RekorEntry entry, Instant time)
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
    checkLogTime(entry, time);
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
