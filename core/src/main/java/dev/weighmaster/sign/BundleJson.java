package dev.weighmaster.sign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.signature.PreAuthenticationEncoding;
import dev.weighmaster.signature.SignedBundle;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;

/** Writes Sigstore bundles v0.3 of statements. */
final class BundleJson {
  private static final JsonMapper JSON = new JsonMapper();

  private BundleJson() {}

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** The bundle of an envelope and of what verifies it. */
  static byte[] bundle(ObjectNode material, ObjectNode envelope) {
    ObjectNode bundle = object().put("mediaType", SignedBundle.MEDIA_TYPE);
    bundle.set("verificationMaterial", material);
    bundle.set("dsseEnvelope", envelope);
    return bytes(bundle);
  }

  /** A DSSE envelope. */
  static ObjectNode envelope(byte[] statement, byte[] signature) {
    ObjectNode envelope = object();
    envelope.put("payload", base64(statement));
    envelope.put("payloadType", PreAuthenticationEncoding.PAYLOAD_TYPE);
    envelope.putArray("signatures").addObject().put("sig", base64(signature)).put("keyid", "");
    return envelope;
  }

  static ObjectNode certificate(X509Certificate certificate) {
    try {
      return object().put("rawBytes", base64(certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate has its encoding", e);
    }
  }

  static byte[] bytes(JsonNode json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
