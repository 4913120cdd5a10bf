package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.weighmaster.digest.Sha256Hex;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TUF repository (specification 1.0, consistent snapshots) of one key for all roles, served on
 * loopback. To be closed.
 */
public final class LocalTuf implements AutoCloseable {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private final KeyPair key = ed25519();
  private final byte[] root;
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final HttpServer http;

  private LocalTuf() throws IOException {
    root = signed(rootRole(), key);
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] file = files.get(exchange.getRequestURI().getPath().substring(1));
            exchange.sendResponseHeaders(file == null ? 404 : 200, file == null ? -1 : file.length);
            if (file != null) {
              exchange.getResponseBody().write(file);
            }
          }
        });
    http.start();
  }

  public static LocalTuf start() throws IOException {
    return new LocalTuf();
  }

  @Override
  public void close() {
    http.stop(0);
  }

  public URI mirror() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/");
  }

  /** The {@code root.json} that a client starts from. */
  public byte[] root() {
    return root.clone();
  }

  /** Publishes one target as a version of the repository, valid for a day. */
  public void publish(int version, String name, byte[] target) {
    publish(version, name, target, Instant.now().plus(Duration.ofDays(1)), key);
  }

  /** Publishes metadata that is valid until a time. */
  public void publishUntil(Instant expires, int version, String name, byte[] target) {
    publish(version, name, target, expires, key);
  }

  /** Publishes metadata signed by a key that the root does not name. */
  public void publishByAnotherKey(int version, String name, byte[] target) {
    publish(version, name, target, Instant.now().plus(Duration.ofDays(1)), ed25519());
  }

  /** Serves another file in the place of a target. */
  public void swap(String name, byte[] published, byte[] instead) {
    files.put("targets/" + Sha256Hex.of(published) + "." + name, instead);
  }

  private void publish(int version, String name, byte[] target, Instant expires, KeyPair signer) {
    ObjectNode targets = role("targets", version, expires);
    ObjectNode entry = targets.putObject("targets").putObject(name);
    entry.put("length", target.length).putObject("hashes").put("sha256", Sha256Hex.of(target));
    ObjectNode snapshot = role("snapshot", version, expires);
    snapshot.putObject("meta").putObject("targets.json").put("version", version);
    ObjectNode timestamp = role("timestamp", version, expires);
    timestamp.putObject("meta").putObject("snapshot.json").put("version", version);
    files.put("targets/" + Sha256Hex.of(target) + "." + name, target);
    files.put(version + ".targets.json", signed(targets, signer));
    files.put(version + ".snapshot.json", signed(snapshot, signer));
    files.put("timestamp.json", signed(timestamp, signer));
  }

  private ObjectNode rootRole() {
    ObjectNode role = role("root", 1, Instant.now().plus(Duration.ofDays(1)));
    role.put("consistent_snapshot", true);
    role.putObject("keys").set(keyId(key), publicKey(key));
    ObjectNode roles = role.putObject("roles");
    for (String name : new String[] {"root", "timestamp", "snapshot", "targets"}) {
      roles.putObject(name).put("threshold", 1).putArray("keyids").add(keyId(key));
    }
    return role;
  }

  private static ObjectNode role(String type, int version, Instant expires) {
    return JSON.createObjectNode()
        .put("_type", type)
        .put("spec_version", "1.0")
        .put("version", version)
        .put("expires", expires.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  /** Under the honest key's id, whoever signs. */
  private byte[] signed(ObjectNode role, KeyPair signer) {
    ObjectNode signed = JSON.createObjectNode();
    signed
        .putArray("signatures")
        .addObject()
        .put("keyid", keyId(key))
        .put("sig", HexFormat.of().formatHex(sign(canonical(role), signer)));
    signed.set("signed", role);
    return canonical(signed);
  }

  private static ObjectNode publicKey(KeyPair key) {
    ObjectNode json = JSON.createObjectNode();
    json.put("keytype", "ed25519").put("scheme", "ed25519");
    byte[] der = key.getPublic().getEncoded();
    json.putObject("keyval")
        .put("public", HexFormat.of().formatHex(der, der.length - 32, der.length));
    return json;
  }

  private static String keyId(KeyPair key) {
    return Sha256Hex.of(canonical(publicKey(key)));
  }

  /** Sorted, without spaces: what RFC 8785 makes of ASCII text and small integers. */
  private static byte[] canonical(JsonNode json) {
    try {
      return JSON.writeValueAsString(JSON.treeToValue(json, TreeMap.class)).getBytes(UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair ed25519() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] sign(byte[] message, KeyPair key) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
