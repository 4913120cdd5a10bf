package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sigstore.fulcio.v2.CAGrpc;
import dev.sigstore.fulcio.v2.CertificateChain;
import dev.sigstore.fulcio.v2.CreateSigningCertificateRequest;
import dev.sigstore.fulcio.v2.SigningCertificate;
import dev.sigstore.fulcio.v2.SigningCertificateEmbeddedSCT;
import dev.weighmaster.signature.Flaw;
import dev.weighmaster.signature.LocalKey;
import dev.weighmaster.signature.LocalSigstore;
import dev.weighmaster.signature.PreAuthenticationEncoding;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.PemCertificates;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A {@link LocalSigstore} as services on loopback: Fulcio over gRPC, both versions of Rekor and a
 * timestamp authority over HTTP, and an issuer of identity tokens. Each service can misbehave by
 * one {@link Fault}. To be closed.
 */
public final class LocalServices implements AutoCloseable {
  /** One way in which a service misbehaves. */
  public enum Fault {
    NONE,
    /** Fulcio's error quotes the token that it was sent. */
    FULCIO_QUOTES_THE_TOKEN,
    /** The certificate is by an authority that the trusted root does not have. */
    CERTIFICATE_BY_ANOTHER_AUTHORITY,
    CERTIFICATE_OF_ANOTHER_KEY,
    LOG_ANSWERS_500,
    LOG_ANSWERS_NONSENSE,
    /** An honest entry, but of somebody else's envelope. */
    LOG_ENTRY_OF_ANOTHER_ENVELOPE,
    TIMESTAMPS_ANSWER_500,
    TIMESTAMPS_ANSWER_NONSENSE,
    /** DER sequences within each other, and nothing in them. */
    TIMESTAMPS_ARE_NESTED_TOO_DEEP,
    TIMESTAMP_BY_ANOTHER_AUTHORITY
  }

  public static final String ISSUER = "https://accounts.acme.example";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String AUDIENCE = "sigstore";

  private final LocalSigstore sigstore = LocalSigstore.create(Instant.now());
  private final LocalKey issuerKey = LocalKey.generate();
  private final Fault fault;
  private final Server fulcio;
  private final HttpServer http;

  private LocalServices(Fault fault) throws IOException {
    this.fault = fault;
    InetAddress loopback = InetAddress.getLoopbackAddress();
    http = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
    http.createContext("/api/v1/log/entries", exchange -> answer(exchange, this::addVersion1));
    http.createContext("/api/v2/log/entries", exchange -> answer(exchange, this::addVersion2));
    http.createContext("/api/v1/timestamp", exchange -> answer(exchange, this::stamp));
    http.start();
    fulcio =
        NettyServerBuilder.forAddress(new InetSocketAddress(loopback, 0))
            .addService(new Fulcio())
            .build()
            .start();
  }

  public static LocalServices start(Fault fault) throws IOException {
    return new LocalServices(fault);
  }

  @Override
  public void close() {
    fulcio.shutdownNow();
    http.stop(0);
  }

  public byte[] trustedRoot() {
    return sigstore.trustedRoot();
  }

  /**
   * The {@code signing_config.json} of these services.
   *
   * @param rekor the major version of its log
   */
  public byte[] signingConfig(int rekor) {
    ObjectNode config = JSON.createObjectNode();
    config.put("mediaType", "application/vnd.dev.sigstore.signingconfig.v0.2+json");
    addService(config.putArray("caUrls"), "http://" + at(fulcio.getPort()), 1);
    addService(config.putArray("rekorTlogUrls"), url(""), rekor);
    config.putObject("rekorTlogConfig").put("selector", "ANY");
    addService(config.putArray("tsaUrls"), url("/api/v1/timestamp"), 1);
    config.putObject("tsaConfig").put("selector", "ANY");
    return bytes(config);
  }

  /** An identity token (RFC 7519) that Fulcio accepts for ten minutes. */
  public String token(String email) {
    return token(email, Instant.now().plus(Duration.ofMinutes(10)), issuerKey);
  }

  public String expiredToken(String email) {
    return token(email, Instant.now().minusSeconds(60), issuerKey);
  }

  /** A token that goes by the issuer's name, but is not signed by it. */
  public String forgedToken(String email) {
    return token(email, Instant.now().plus(Duration.ofMinutes(10)), LocalKey.generate());
  }

  private static String token(String email, Instant expires, LocalKey signer) {
    ObjectNode claims = JSON.createObjectNode();
    claims.put("iss", ISSUER).put("aud", AUDIENCE).put("sub", "CgkxMjM0NTY3ODkSBWxvY2Fs");
    claims.put("email", email).put("email_verified", true).put("exp", expires.getEpochSecond());
    String signed =
        base64Url(bytes(JSON.createObjectNode().put("alg", "ES256").put("typ", "JWT")))
            + "."
            + base64Url(bytes(claims));
    // In DER, where RFC 7518 has the bare numbers: only this class's Fulcio looks at it.
    return signed + "." + base64Url(signer.sign(signed.getBytes(UTF_8)));
  }

  private final class Fulcio extends CAGrpc.CAImplBase {
    @Override
    public void createSigningCertificate(
        CreateSigningCertificateRequest request, StreamObserver<SigningCertificate> answer) {
      String token = request.getCredentials().getOidcIdentityToken();
      if (fault == Fault.FULCIO_QUOTES_THE_TOKEN) {
        answer.onError(
            Status.INVALID_ARGUMENT.withDescription("bad token " + token).asRuntimeException());
        return;
      }
      try {
        JsonNode claims = claims(token);
        PublicKey key = key(request.getPublicKeyRequest().getPublicKey().getContent());
        String email = claims.path("email").asText();
        byte[] proof = request.getPublicKeyRequest().getProofOfPossession().toByteArray();
        if (!EcdsaAlgorithm.P256.verify(key, email.getBytes(UTF_8), proof)) {
          throw new GeneralSecurityException("the proof of possession does not hold");
        }
        var bundle = sigstore.bundle(new byte[0], email, claims.path("iss").asText());
        if (fault == Fault.CERTIFICATE_BY_ANOTHER_AUTHORITY) {
          bundle.with(Flaw.CERTIFICATE_BY_ANOTHER_AUTHORITY);
        }
        boolean another = fault == Fault.CERTIFICATE_OF_ANOTHER_KEY;
        X509Certificate leaf =
            bundle.certificate(another ? LocalKey.generate().publicKey() : key, email);
        CertificateChain.Builder chain =
            CertificateChain.newBuilder().addCertificates(PemCertificates.pem(leaf));
        sigstore.authorities().forEach(above -> chain.addCertificates(PemCertificates.pem(above)));
        answer.onNext(
            SigningCertificate.newBuilder()
                .setSignedCertificateEmbeddedSct(
                    SigningCertificateEmbeddedSCT.newBuilder().setChain(chain))
                .build());
        answer.onCompleted();
      } catch (GeneralSecurityException | IOException e) {
        answer.onError(
            Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
      }
    }

    private JsonNode claims(String token) throws IOException, GeneralSecurityException {
      int end = token.lastIndexOf('.');
      byte[] signature = Base64.getUrlDecoder().decode(token.substring(end + 1));
      byte[] signed = token.substring(0, end).getBytes(UTF_8);
      JsonNode claims =
          JSON.readTree(
              Base64.getUrlDecoder().decode(token.substring(token.indexOf('.') + 1, end)));
      if (!EcdsaAlgorithm.P256.verify(issuerKey.publicKey(), signed, signature)
          || !claims.path("aud").asText().equals(AUDIENCE)
          || claims.path("exp").asLong() < Instant.now().getEpochSecond()) {
        throw new GeneralSecurityException("the identity token is not genuine");
      }
      return claims;
    }

    private PublicKey key(String pem) throws IOException {
      try (var parser = new PEMParser(new StringReader(pem))) {
        return new JcaPEMKeyConverter().getPublicKey((SubjectPublicKeyInfo) parser.readObject());
      }
    }
  }

  private byte[] addVersion2(byte[] request) throws IOException, GeneralSecurityException {
    JsonNode hashed = JSON.readTree(request).path("hashedRekordRequestV002");
    byte[] verifier = hashed.at("/signature/verifier/x509Certificate/rawBytes").binaryValue();
    byte[] digest = hashed.path("digest").binaryValue();
    byte[] signature = hashed.at("/signature/content").binaryValue();
    if (fault == Fault.LOG_ENTRY_OF_ANOTHER_ENVELOPE) {
      return bytes(entryOfAnother(true));
    }
    // A log of digests never sees what was hashed: RFC 6979, section 2.4, takes the digest as it
    // is.
    Signature check = Signature.getInstance("NONEwithECDSA");
    check.initVerify(certificate(verifier));
    check.update(digest);
    if (!check.verify(signature)) {
      throw new GeneralSecurityException("the signature does not hold");
    }
    var bundle = sigstore.bundle(new byte[0], "", "").inRekorV2();
    return bytes(bundle.logEntry(bundle.hashedBody(digest, signature, certificate(verifier))));
  }

  private byte[] addVersion1(byte[] request) throws IOException, GeneralSecurityException {
    JsonNode content = JSON.readTree(request).at("/spec/proposedContent");
    JsonNode envelope = JSON.readTree(content.path("envelope").asText());
    JsonNode entry =
        fault == Fault.LOG_ENTRY_OF_ANOTHER_ENVELOPE
            ? entryOfAnother(false)
            : add(envelope, certificate(content.at("/verifiers/0").binaryValue()));
    JsonNode proof = entry.path("inclusionProof");
    ObjectNode answer = JSON.createObjectNode();
    ObjectNode logged = answer.putObject("0a".repeat(40));
    logged.set("body", entry.path("canonicalizedBody"));
    logged.put("integratedTime", entry.path("integratedTime").asLong());
    logged.put("logID", hexadecimal(entry.at("/logId/keyId")));
    logged.put("logIndex", entry.path("logIndex").asLong());
    ObjectNode verification = logged.putObject("verification");
    verification.set("signedEntryTimestamp", entry.at("/inclusionPromise/signedEntryTimestamp"));
    ObjectNode inclusion = verification.putObject("inclusionProof");
    inclusion.set("checkpoint", proof.at("/checkpoint/envelope"));
    inclusion.put("logIndex", proof.path("logIndex").asLong());
    inclusion.put("treeSize", proof.path("treeSize").asLong());
    inclusion.put("rootHash", hexadecimal(proof.path("rootHash")));
    ArrayNode hashes = inclusion.putArray("hashes");
    for (JsonNode hash : proof.path("hashes")) {
      hashes.add(hexadecimal(hash));
    }
    return bytes(answer);
  }

  /** Logs an envelope as Rekor does: only if its signature holds. */
  private ObjectNode add(JsonNode envelope, X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    byte[] payload = envelope.path("payload").binaryValue();
    byte[] signature = envelope.at("/signatures/0/sig").binaryValue();
    Signature check = Signature.getInstance("SHA256withECDSA");
    check.initVerify(certificate);
    check.update(PreAuthenticationEncoding.of(payload));
    if (!check.verify(signature)) {
      throw new GeneralSecurityException("the signature does not hold");
    }
    var bundle = sigstore.bundle(payload, "", "");
    return JSON.readValue(
        bytes(bundle.logEntry(bundle.logBody(bytes(envelope), payload, signature, certificate))),
        ObjectNode.class);
  }

  private ObjectNode entryOfAnother(boolean second) throws IOException {
    var other = sigstore.bundle("{}".getBytes(UTF_8), "other@acme.example", ISSUER);
    JsonNode bundle = JSON.readTree((second ? other.inRekorV2() : other).build());
    return (ObjectNode) bundle.at("/verificationMaterial/tlogEntries/0");
  }

  private static X509Certificate certificate(byte[] bytes) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(bytes));
  }

  private byte[] stamp(byte[] request) {
    if (fault == Fault.TIMESTAMPS_ARE_NESTED_TOO_DEEP) {
      return HexFormat.of().parseHex("3080".repeat(100_000));
    }
    return fault == Fault.TIMESTAMP_BY_ANOTHER_AUTHORITY
        ? LocalSigstore.create(Instant.now()).timestamp(request)
        : sigstore.timestamp(request);
  }

  private interface Endpoint {
    byte[] answer(byte[] request) throws IOException, GeneralSecurityException;
  }

  private void answer(HttpExchange exchange, Endpoint endpoint) throws IOException {
    try (exchange) {
      byte[] request = exchange.getRequestBody().readAllBytes();
      boolean log = exchange.getRequestURI().getPath().endsWith("entries");
      int status = log ? 201 : 200;
      byte[] answer;
      if (fault == (log ? Fault.LOG_ANSWERS_500 : Fault.TIMESTAMPS_ANSWER_500)) {
        status = 500;
        answer = "out of\norder".getBytes(UTF_8);
      } else if (fault == (log ? Fault.LOG_ANSWERS_NONSENSE : Fault.TIMESTAMPS_ANSWER_NONSENSE)) {
        answer = "[]".getBytes(UTF_8);
      } else {
        try {
          answer = endpoint.answer(request);
        } catch (GeneralSecurityException e) {
          status = 400;
          answer = e.getMessage().getBytes(UTF_8);
        }
      }
      exchange.sendResponseHeaders(status, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private static void addService(ArrayNode services, String url, int version) {
    services
        .addObject()
        .put("url", url)
        .put("majorApiVersion", version)
        .put("operator", "sigstore.example")
        .putObject("validFor")
        .put("start", "2026-01-01T00:00:00Z");
  }

  private String url(String path) {
    return URI.create("http://" + at(http.getAddress().getPort()) + path).toString();
  }

  private static String at(int port) {
    return "127.0.0.1:" + port;
  }

  private static String base64Url(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String hexadecimal(JsonNode base64) throws IOException {
    return HexFormat.of().formatHex(base64.binaryValue());
  }

  private static byte[] bytes(JsonNode json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
