package dev.weighmaster.attest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * An auditor's statement about a quantization, so that others need not verify it again: the
 * predicate {@link PredicateTypes#VERIFICATION_SUMMARY}, by SLSA 1.1, "Verification Summary
 * Attestation".
 *
 * @param verifierId the auditor's URI
 * @param verifierVersion of Weighmaster, where that made it
 * @param timeVerified when the auditor looked
 * @param resourceUri of what was verified: a package URL of the repository at its revision
 * @param policySha256 of the trust policy's bytes
 * @param inputs SHA-256 of each statement that the result rests on
 * @param passed whether the result is {@code PASSED}
 * @param verifiedLevels what was found to hold; a name of SLSA's own begins with {@code SLSA_}
 */
public record VerificationSummary(
    String verifierId,
    Optional<String> verifierVersion,
    Optional<Instant> timeVerified,
    String resourceUri,
    Optional<String> policySha256,
    List<String> inputs,
    boolean passed,
    List<String> verifiedLevels) {
  /**
   * The level of a quantization that is VERIFIED: every link of its chain holds, down to a model
   * signature by a publisher that the policy trusts. It is unrelated to SLSA's own levels.
   */
  public static final String CHAIN_VERIFIED = "WEIGHMASTER_CHAIN_VERIFIED";

  private static final String SLSA_VERSION = "1.1";
  private static final String TOOL = "weighmaster";
  private static final JsonMapper JSON = new JsonMapper();

  public VerificationSummary {
    inputs = List.copyOf(inputs);
    verifiedLevels = List.copyOf(verifiedLevels);
  }

  /**
   * The statement about files, as JSON in UTF-8. The same values give the same bytes.
   *
   * @param files at least one, each with its digest
   * @throws IllegalArgumentException if one has none, or there are none; or if no policy is named
   */
  public byte[] statement(List<Subject> files) {
    if (files.isEmpty()) {
      throw new IllegalArgumentException("a quantization has at least one file");
    }
    ObjectNode statement = JSON.createObjectNode();
    statement.put("_type", StatementReader.STATEMENT_TYPE);
    ArrayNode subjects = statement.putArray("subject");
    for (Subject file : files) {
      String sha256 =
          file.sha256()
              .orElseThrow(() -> new IllegalArgumentException(file.name() + " has no digest"));
      subjects.addObject().put("name", file.name()).putObject("digest").put("sha256", sha256);
    }
    statement.put("predicateType", PredicateTypes.VERIFICATION_SUMMARY);
    statement.set("predicate", predicate());
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(statement);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  private ObjectNode predicate() {
    ObjectNode predicate = JSON.createObjectNode();
    ObjectNode verifier = predicate.putObject("verifier").put("id", verifierId);
    verifierVersion.ifPresent(version -> verifier.putObject("version").put(TOOL, version));
    timeVerified.ifPresent(time -> predicate.put("timeVerified", time.toString()));
    predicate.put("resourceUri", resourceUri);
    String digest =
        policySha256.orElseThrow(() -> new IllegalArgumentException("no policy is named"));
    predicate
        .putObject("policy")
        .put("uri", namedBy(digest))
        .putObject("digest")
        .put("sha256", digest);
    ArrayNode attestations = predicate.putArray("inputAttestations");
    for (String input : inputs) {
      attestations
          .addObject()
          .put("mediaType", "application/vnd.in-toto+json")
          .putObject("digest")
          .put("sha256", input);
    }
    predicate.put("verificationResult", passed ? "PASSED" : "FAILED");
    ArrayNode levels = predicate.putArray("verifiedLevels");
    verifiedLevels.forEach(levels::add);
    predicate.put("slsaVersion", SLSA_VERSION);
    return predicate;
  }

  /** SLSA asks for a URI, and a policy file has none but its digest: RFC 6920. */
  private static String namedBy(String sha256) {
    return "ni:///sha-256;"
        + Base64.getUrlEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(sha256));
  }

  /**
   * Reads the predicate of a statement that {@link StatementReader} takes. Fields that it does not
   * know are passed over, as SLSA asks.
   *
   * @param payload any bytes
   * @throws MalformedStatementException if they are no verification summary
   */
  public static VerificationSummary read(byte[] payload) throws MalformedStatementException {
    try {
      JsonFields statement = JsonFields.parse(payload);
      String type = statement.string("predicateType");
      if (!type.equals(PredicateTypes.VERIFICATION_SUMMARY)) {
        throw statement.malformed(
            "predicateType", "is " + Quoted.of(type) + ", which is not a verification summary");
      }
      return read(statement.object("predicate"));
    } catch (MalformedJsonException e) {
      throw new MalformedStatementException("statement: " + e.getMessage());
    }
  }

  private static VerificationSummary read(JsonFields predicate) throws MalformedJsonException {
    JsonFields verifier = predicate.object("verifier");
    Optional<JsonFields> version = verifier.optionalObject("version");
    String result = predicate.string("verificationResult");
    if (!result.equals("PASSED") && !result.equals("FAILED")) {
      throw predicate.malformed(
          "verificationResult", "is " + Quoted.of(result) + ", expected PASSED or FAILED");
    }
    Optional<JsonFields> digest = predicate.object("policy").optionalObject("digest");
    return new VerificationSummary(
        verifier.string("id"),
        version.isPresent() ? version.get().optionalString(TOOL) : Optional.empty(),
        time(predicate),
        predicate.string("resourceUri"),
        digest.isPresent() ? digest.get().optionalSha256("sha256") : Optional.empty(),
        inputs(predicate),
        result.equals("PASSED"),
        predicate.strings("verifiedLevels"));
  }

  private static Optional<Instant> time(JsonFields predicate) throws MalformedJsonException {
    Optional<String> time = predicate.optionalString("timeVerified");
    try {
      return time.map(text -> OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw predicate.malformed(
          "timeVerified", "is " + Quoted.of(time.orElse("")) + ", which is not a time");
    }
  }

  private static List<String> inputs(JsonFields predicate) throws MalformedJsonException {
    List<JsonFields> attestations = predicate.objects("inputAttestations");
    var inputs = new ArrayList<String>();
    for (JsonFields attestation : attestations) {
      attestation.object("digest").optionalSha256("sha256").ifPresent(inputs::add);
    }
    return inputs;
  }
}
