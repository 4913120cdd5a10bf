package dev.weighmaster.signature;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Distinguishes files that only have a sidecar's name from damaged bundles and statements:
 * signatures of other kinds (PGP, SSH, minisign, cosign, {@code sigstore sign} over bytes),
 * provenance of builds in an envelope alone, data sets called {@code claims.jsonl}, empty files.
 * Those affect no verdict.
 *
 * <p>A damaged bundle must not pass as another kind. So what {@code weighmaster} and the reference
 * implementation name their files, {@code model.sig} and {@code *.quantization.sigstore.json}, is
 * always theirs; what is named after weights is, unless it is a signature of a kind that is known;
 * and so is all that still has a mark of a bundle or statement in it.
 */
public final class OtherSidecar {
  private static final List<String> OWN_NAMES = List.of(".quantization.sigstore.json");
  private static final List<String> SIGNATURE_EXTENSIONS =
      List.of(".sigstore.json", ".sigstore", ".sig");

  /** What no bundle or statement is without. */
  private static final List<String> MARKS =
      List.of(
          "dsseEnvelope", "vnd.dev.sigstore.bundle", "in-toto.io/Statement", "vnd.in-toto+json");

  private static final List<String> OTHER_KINDS =
      List.of(
          "-----BEGIN PGP ",
          "-----BEGIN SSH SIGNATURE-----",
          "-----BEGIN PKCS7-----",
          "-----BEGIN CMS-----",
          "untrusted comment:");

  /** Ed25519, and RSA with keys of 2048 to 4096 bits, as {@code openssl} writes them. */
  private static final Set<Integer> RAW_SIGNATURES = Set.of(64, 256, 384, 512);

  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/\\s]{40,}+={0,2}+\\s*");

  /** Longer ones are no signature. */
  private static final int MAX_SIGNATURE = 64 << 10;

  private OtherSidecar() {}

  /**
   * Whether a sidecar that is no readable bundle or statement is not a damaged one either.
   *
   * @param name relative to the repository's root
   */
  public static boolean isOne(String name, byte[] content) {
    String last = lastName(name);
    if (isOwn(last)) {
      return false;
    }
    if (isNamedAfterWeights(last)) {
      return isOfAKnownKind(content);
    }
    return last.endsWith(".jsonl") ? !hasOwnLine(content) : !isOwn(content);
  }

  /**
   * The same of one whose content no signature has, being weights or too large to be read: its name
   * alone decides.
   */
  public static boolean isOneByName(String name) {
    String last = lastName(name);
    return !isOwn(last) && !isNamedAfterWeights(last);
  }

  private static String lastName(String name) {
    return StoragePaths.lastName(name).toLowerCase(Locale.ROOT);
  }

  private static boolean isOwn(String last) {
    return last.equals("model.sig") || OWN_NAMES.stream().anyMatch(last::endsWith);
  }

  private static boolean isNamedAfterWeights(String last) {
    return SIGNATURE_EXTENSIONS.stream()
        .filter(last::endsWith)
        .map(extension -> last.substring(0, last.length() - extension.length()))
        .anyMatch(stem -> FileKind.of(stem).isWeights());
  }

  private static boolean isOfAKnownKind(byte[] content) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    if (text.isBlank() || OTHER_KINDS.stream().anyMatch(text.stripLeading()::startsWith)) {
      return true;
    }
    if (text.stripLeading().startsWith("{")) {
      return isMessageSignature(content);
    }
    return content.length <= MAX_SIGNATURE
        && (BASE64.matcher(text).matches()
            || RAW_SIGNATURES.contains(content.length)
            || isPgpPacket(content)
            || isDer(content));
  }

  /** A signature packet, old format or new (RFC 9580, section 4.2), or DER's SEQUENCE. */
  private static boolean isPgpPacket(byte[] content) {
    int tag = content[0] & 0xff;
    return (tag & 0xfc) == 0x88 || tag == 0xc2;
  }

  private static boolean isDer(byte[] content) {
    if (content.length < 2 || content[0] != 0x30) {
      return false;
    }
    int length = content[1] & 0xff;
    return length < 0x80 ? length == content.length - 2 : length <= 0x83;
  }

  private static boolean hasOwnLine(byte[] content) {
    for (int start = 0; start < content.length; ) {
      int end = start;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      if (isOwn(Arrays.copyOfRange(content, start, end))) {
        return true;
      }
      start = end + 1;
    }
    return false;
  }

  private static boolean isOwn(byte[] content) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    return MARKS.stream().anyMatch(text::contains)
        && !isMessageSignature(content)
        && !isEnvelopeOfOthers(content);
  }

  /** A whole bundle of a signature over bytes, which says nothing of where they come from. */
  private static boolean isMessageSignature(byte[] content) {
    try {
      JsonFields bundle = JsonFields.parse(content);
      return bundle.has("mediaType")
          && bundle.has("messageSignature")
          && !bundle.has("dsseEnvelope")
          && !bundle.object("messageSignature").isEmpty();
    } catch (MalformedJsonException e) {
      return false;
    }
  }

  /** A whole DSSE envelope outside a bundle, of a statement that says nothing that is read here. */
  private static boolean isEnvelopeOfOthers(byte[] content) {
    try {
      JsonFields envelope = JsonFields.parse(content);
      return envelope.has("payloadType")
          && !envelope.has("dsseEnvelope")
          && !envelope.has("mediaType")
          && !PredicateTypes.OF_WEIGHTS.contains(
              JsonFields.parse(envelope.bytes("payload")).string("predicateType"));
    } catch (MalformedJsonException e) {
      return false;
    }
  }
}
