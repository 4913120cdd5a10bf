package dev.weighmaster.attest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a quantizer states about its quantization: the predicate {@link
 * PredicateTypes#QUANTIZATION}.
 *
 * @param model id of the source, {@code org/name}
 * @param sourceSha256 the source model's OMS root digest, or its file's digest
 * @param signature of the source, where it has one
 * @param toolName such as {@code llama.cpp/llama-quantize}
 */
public record QuantizationAttestation(
    String model,
    Optional<String> revision,
    String sourceSha256,
    Optional<SourceSignature> signature,
    Optional<String> format,
    String method,
    String toolName,
    Optional<String> toolVersion,
    Instant producedAt,
    QuantizationDetails details) {
  /** Writes a double as JDK 19 and later do, on every JDK. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build())
          .build();

  /**
   * The signature of a source model.
   *
   * @param sha256 of the source's bundle file
   * @param identity who signed it
   * @param logIndex of its entry in a transparency log
   * @param bundle the signature itself, a Sigstore bundle in JSON: it lets the attestation be
   *     verified where the source is not in the hub, if the policy does not require it there. As
   *     part of another document it does not keep the bytes of its own file, so {@code sha256} can
   *     not be compared with it
   */
  public record SourceSignature(
      String sha256,
      Optional<String> identity,
      Optional<String> issuer,
      Optional<Long> logIndex,
      Optional<String> bundle) {

    /** A signature that stays with the source. */
    public SourceSignature(String sha256, Optional<String> identity, Optional<String> issuer) {
      this(sha256, identity, issuer, Optional.empty(), Optional.empty());
    }
  }

  /** An attestation without details. */
  public QuantizationAttestation(
      String model,
      Optional<String> revision,
      String sourceSha256,
      Optional<SourceSignature> signature,
      Optional<String> format,
      String method,
      String toolName,
      Optional<String> toolVersion,
      Instant producedAt) {
    this(
        model,
        revision,
        sourceSha256,
        signature,
        format,
        method,
        toolName,
        toolVersion,
        producedAt,
        QuantizationDetails.NONE);
  }

  /**
   * The statement about the output files, as JSON in UTF-8. The same values give the same bytes, on
   * every JDK.
   *
   * @param outputs at least one, each with its digest
   * @throws IllegalArgumentException if one has none, or there are none
   */
  public byte[] statement(List<Subject> outputs) {
    if (outputs.isEmpty()) {
      throw new IllegalArgumentException("a quantization has at least one output file");
    }
    ObjectNode statement = JSON.createObjectNode();
    statement.put("_type", StatementReader.STATEMENT_TYPE);
    for (Subject output : outputs) {
      String sha256 =
          output
              .sha256()
              .orElseThrow(() -> new IllegalArgumentException(output.name() + " has no digest"));
      ObjectNode subject = statement.withArray("/subject").addObject();
      subject.put("name", output.name());
      subject.putObject("digest").put("sha256", sha256);
    }
    statement.put("predicateType", PredicateTypes.QUANTIZATION);
    statement.set("predicate", predicate());
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(statement);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  private ObjectNode predicate() {
    ObjectNode predicate = JSON.createObjectNode();
    ObjectNode source = predicate.putObject("source");
    source.put("model", model);
    revision.ifPresent(r -> source.put("revision", r));
    source.put("uri", new ModelUri(model, revision).text());
    source.putObject("digest").put("sha256", sourceSha256);
    signature.ifPresent(
        s -> {
          ObjectNode node = source.putObject("signature");
          node.putObject("digest").put("sha256", s.sha256());
          s.identity().ifPresent(identity -> node.put("identity", identity));
          s.issuer().ifPresent(issuer -> node.put("issuer", issuer));
          s.logIndex().ifPresent(index -> node.put("logIndex", index));
          s.bundle().ifPresent(bundle -> node.putRawValue("bundle", new RawValue(bundle)));
        });
    ObjectNode quantization = predicate.putObject("quantization");
    format.ifPresent(f -> quantization.put("format", f));
    quantization.put("method", method);
    ObjectNode tool = predicate.putObject("tool");
    tool.put("name", toolName);
    toolVersion.ifPresent(v -> tool.put("version", v));
    details.write(predicate, quantization, tool);
    predicate.put("producedAt", producedAt.toString());
    return predicate;
  }
}
