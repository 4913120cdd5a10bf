package dev.weighmaster.jobs.report;

import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.verdict.Party;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Values as a reader of the report sees them. */
public final class Shown {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Shown() {}

  public static String bytes(long bytes) {
    return Sizes.bytes(bytes);
  }

  /** To the second. */
  public static String time(Instant time) {
    return TIME.format(time);
  }

  /** Who acts, the likeliest first; a dash for nobody. */
  public static String parties(List<Party> parties) {
    return parties.isEmpty()
        ? "–"
        : parties.stream().map(Shown::party).collect(Collectors.joining(", "));
  }

  /** All who may have to act. */
  public static List<String> allParties() {
    return Arrays.stream(Party.values()).map(Shown::party).toList();
  }

  private static String party(Party party) {
    return switch (party) {
      case PUBLISHER -> "publisher";
      case QUANTIZER -> "quantizer";
      case SIGNER -> "signer";
      case HUB -> "hub operator";
      case OPERATOR -> "policy owner";
    };
  }

  /** A link's kind, such as {@code model signature}. */
  public static String kind(LinkRow link) {
    return link.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** What a reason means, in one sentence; {@code docs/verdicts.md} has more. */
  public static String meaning(Reason reason) {
    return switch (reason) {
      case OK -> "Every link of the chain holds.";
      case NO_ATTESTATION -> "No statement in the repository covers these weights.";
      case SIGNER_NOT_TRUSTED ->
          "The policy does not name the attestation's signer, or lacks what it takes to check it.";
      case SOURCE_SIGNER_NOT_TRUSTED ->
          "The policy does not name the source's signer as its publisher.";
      case UNSIGNED_STATEMENT -> "The only statement is unsigned.";
      case UNATTESTED_EXTRAS ->
          "The chain holds, but a loader may also read files that no named signer covers.";
      case MALFORMED_BUNDLE -> "A signature or attestation file can't be understood.";
      case SIGNATURE_INVALID -> "A signature does not hold over its statement.";
      case CERTIFICATE_UNTRUSTED ->
          "A certificate does not hold under the authority that issued it.";
      case LOG_PROOF_INVALID -> "The entry in the transparency log does not prove the signature.";
      case TIMESTAMP_INVALID -> "The time of the signature is not proven by a trusted party.";
      case DIGEST_MISMATCH -> "The files are not those that were attested or signed.";
      case SUBJECT_INCOMPLETE -> "The attestation leaves out files of the quantization.";
      case SOURCE_MISSING -> "Nothing in the hub has the digest that is attested for the source.";
      case SOURCE_UNSIGNED -> "The source model is in the hub, but unsigned.";
      case SOURCE_SIGNATURE_INVALID -> "The source model's own signature does not hold.";
      case SOURCE_DIGEST_MISMATCH ->
          "The source's files are not those that were signed or attested.";
      case SOURCE_IDENTITY_MISMATCH ->
          "The attestation names another source model, or another signer of it.";
      case CLAIM_MISMATCH -> "Model card or header name another source than the attestation.";
      case METHOD_MISMATCH -> "The attested method is not the one that the weights have.";
      case BOUNDS_EXCEEDED -> "The weights exceed the error bounds that the attestation claims.";
      case CHAIN_CYCLE -> "The attestations lead back to themselves.";
      case CHAIN_TOO_DEEP -> "The chain has more links than the policy allows.";
      case REVOKED -> "The policy revokes something that the chain rests on.";
      case MALFORMED_WEIGHTS -> "The weights break their format's rules. Do not load them.";
      case UNSIGNED_FILES -> "The repository has files that its model signature does not cover.";
      case IO_ERROR -> "A file or folder could not be read.";
      case CHANGED_DURING_READ -> "A file changed while it was read.";
      case UNSUPPORTED -> "Evidence or weights are of a kind that this version can't check.";
    };
  }
}
