package dev.weighmaster.sign;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sigstore.http.URIFormat;
import dev.sigstore.trustroot.Service;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.signature.PreAuthenticationEncoding;
import dev.weighmaster.trust.PemCertificates;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * Adds envelopes to a log: to Rekor v1 as {@code dsse} 0.0.1; to Rekor v2, which takes no envelopes
 * any more, as {@code hashedrekord} 0.0.2 over the digest of what is signed (Rekor v2's
 * specification, section 6.1.4). sigstore-java's client of v1 knows no envelopes, and the one of v2
 * loses fields of the entry.
 */
final class TransparencyLogClient {
  private static final String SERVICE = "the transparency log";
  private static final JsonMapper JSON = new JsonMapper();

  private TransparencyLogClient() {}

  /**
   * Adds an envelope.
   *
   * @param statement its payload
   * @param signature its only one
   * @param leaf the certificate whose key, on P-256, signed it
   * @return the entry as a bundle carries it, unchecked
   */
  static ObjectNode add(Service log, byte[] statement, byte[] signature, X509Certificate leaf)
      throws SigningException {
    boolean second = log.getApiVersion() == 2;
    URI uri =
        URIFormat.appendPath(log.getUrl(), second ? "api/v2/log/entries" : "api/v1/log/entries");
    ObjectNode request =
        second ? version2(statement, signature, leaf) : version1(statement, signature, leaf);
    String json = "application/json";
    byte[] answer = ServiceCall.post(SERVICE, uri, json, json, BundleJson.bytes(request));
    try {
      if (JSON.readTree(answer) instanceof ObjectNode entry) {
        return second ? entry : fromVersion1(entry);
      }
    } catch (JacksonException | IllegalArgumentException e) {
      throw noEntry(uri);
    } catch (IOException e) {
      throw new IllegalStateException("an array of bytes can be read", e);
    }
    throw noEntry(uri);
  }

  private static ObjectNode version2(byte[] statement, byte[] signature, X509Certificate leaf) {
    byte[] signed = PreAuthenticationEncoding.of(statement);
    ObjectNode request = BundleJson.object();
    ObjectNode hashed = request.putObject("hashedRekordRequestV002");
    hashed.put("digest", BundleJson.base64(Sha256Hex.newDigest().digest(signed)));
    ObjectNode proof = hashed.putObject("signature");
    proof.put("content", BundleJson.base64(signature));
    ObjectNode verifier = proof.putObject("verifier");
    verifier.set("x509Certificate", BundleJson.certificate(leaf));
    verifier.put("keyDetails", "PKIX_ECDSA_P256_SHA_256");
    return request;
  }

  private static ObjectNode version1(byte[] statement, byte[] signature, X509Certificate leaf) {
    ObjectNode envelope = BundleJson.envelope(statement, signature);
    byte[] verifier = PemCertificates.pem(leaf).getBytes(StandardCharsets.US_ASCII);
    ObjectNode request = BundleJson.object().put("kind", "dsse").put("apiVersion", "0.0.1");
    ObjectNode content = request.putObject("spec").putObject("proposedContent");
    content.put("envelope", new String(BundleJson.bytes(envelope), StandardCharsets.UTF_8));
    content.putArray("verifiers").add(BundleJson.base64(verifier));
    return request;
  }

  /** Version 1 answers by an object whose only field, the entry's id, holds the entry. */
  private static ObjectNode fromVersion1(ObjectNode answer) {
    JsonNode logged = answer.elements().hasNext() ? answer.elements().next() : answer;
    JsonNode proof = logged.at("/verification/inclusionProof");
    ObjectNode entry = BundleJson.object();
    entry.put("logIndex", logged.path("logIndex").asText());
    entry.putObject("logId").put("keyId", base64(logged.path("logID")));
    entry.putObject("kindVersion").put("kind", "dsse").put("version", "0.0.1");
    entry.put("integratedTime", logged.path("integratedTime").asText());
    entry
        .putObject("inclusionPromise")
        .set("signedEntryTimestamp", logged.at("/verification/signedEntryTimestamp"));
    ObjectNode inclusion = entry.putObject("inclusionProof");
    inclusion.put("logIndex", proof.path("logIndex").asText());
    inclusion.put("rootHash", base64(proof.path("rootHash")));
    inclusion.put("treeSize", proof.path("treeSize").asText());
    ArrayNode hashes = inclusion.putArray("hashes");
    proof.path("hashes").forEach(hash -> hashes.add(base64(hash)));
    inclusion.putObject("checkpoint").set("envelope", proof.path("checkpoint"));
    entry.set("canonicalizedBody", logged.path("body"));
    return entry;
  }

  private static String base64(JsonNode hexadecimal) {
    return BundleJson.base64(HexFormat.of().parseHex(hexadecimal.asText()));
  }

  private static SigningException noEntry(URI uri) {
    return new SigningException(
        SERVICE + " at " + uri + " answered by something else than an entry");
  }
}
