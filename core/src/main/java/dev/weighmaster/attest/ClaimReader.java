package dev.weighmaster.attest;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Reads where a statement's subjects come from: Weighmaster's quantization attestation ({@link
 * QuantizationAttestation}) and ggufpacker's derivation and conversion statements (its
 * docs/derivation-attestation.md and docs/conversion-attestation.md).
 *
 * <p>A ggufpacker statement has one subject: a plain file name, with the digest of {@code
 * reproducibility.reDerivedDigest}. {@code baseModel.digest} identifies a derivation's source,
 * whatever the file's name. A conversion's {@code directoryName} matters only for another
 * conversion, and is ignored.
 */
final class ClaimReader {
  /** Of a snapshot: hundreds are many. */
  private static final int MAX_SOURCE_FILES = 10_000;

  private ClaimReader() {}

  static QuantizationClaim quantization(JsonFields statement, List<Subject> subjects)
      throws MalformedJsonException {
    for (Subject subject : subjects) {
      if (subject.sha256().isEmpty()) {
        throw statement.malformed("subject", "has an output file without its sha256");
      }
    }
    JsonFields predicate = statement.object("predicate");
    JsonFields source = predicate.object("source");
    Optional<JsonFields> signature = source.optionalObject("signature");
    JsonFields quantization = predicate.object("quantization");
    JsonFields tool = predicate.object("tool");
    // No chain rests on these, but a statement that has them has them right.
    QuantizationDetails.read(predicate);
    if (signature.isPresent() && signature.get().optionalInteger("logIndex").orElse(0L) < 0) {
      throw signature.get().malformed("logIndex", "must not be negative");
    }
    return new QuantizationClaim(
        Optional.of(nonEmpty(source, "model")),
        source.optionalString("revision"),
        Optional.of(source.object("digest").sha256("sha256")),
        List.of(),
        signature.isPresent()
            ? Optional.of(signature.get().object("digest").sha256("sha256"))
            : Optional.empty(),
        signature.isPresent() ? signature.get().optionalString("identity") : Optional.empty(),
        signature.isPresent() ? signature.get().optionalString("issuer") : Optional.empty(),
        quantization.optionalString("format"),
        Optional.of(nonEmpty(quantization, "method")),
        Optional.of(nonEmpty(tool, "name")),
        tool.optionalString("version"),
        predicate.optionalString("producedAt"));
  }

  /** The bundle that a quantization attestation has in {@code source.signature}. */
  static Optional<JsonFields> sourceBundle(JsonFields statement) throws MalformedJsonException {
    Optional<JsonFields> signature =
        statement.object("predicate").object("source").optionalObject("signature");
    return signature.isPresent() ? signature.get().optionalObject("bundle") : Optional.empty();
  }

  static QuantizationClaim derivation(JsonFields statement, List<Subject> subjects)
      throws MalformedJsonException {
    JsonFields predicate = statement.object("predicate");
    checkReDerived(statement, predicate, subjects);
    JsonFields base = predicate.object("baseModel");
    JsonFields recipe = predicate.object("recipe");
    Optional<ModelUri> uri = ModelUri.of(base);
    return ggufpacker(
        predicate,
        uri,
        uri.flatMap(ModelUri::revision),
        Optional.of(base.object("digest").sha256("sha256")),
        List.of(),
        recipe.optionalString("outputFormat"),
        nonEmpty(recipe, "quantType"));
  }

  static QuantizationClaim conversion(JsonFields statement, List<Subject> subjects)
      throws MalformedJsonException {
    JsonFields predicate = statement.object("predicate");
    checkReDerived(statement, predicate, subjects);
    JsonFields source = predicate.object("source");
    checkFileName(source, "directoryName", source.string("directoryName"));
    Optional<ModelUri> uri = ModelUri.of(source);
    return ggufpacker(
        predicate,
        uri,
        source.optionalString("revision").or(() -> uri.flatMap(ModelUri::revision)),
        Optional.empty(),
        sourceFiles(source),
        Optional.of("gguf"),
        nonEmpty(predicate.object("recipe"), "outputType"));
  }

  private static QuantizationClaim ggufpacker(
      JsonFields predicate,
      Optional<ModelUri> uri,
      Optional<String> revision,
      Optional<String> sourceSha256,
      List<Subject> sourceFiles,
      Optional<String> format,
      String method)
      throws MalformedJsonException {
    JsonFields builder = predicate.object("builder");
    Optional<JsonFields> build = builder.optionalObject("buildIdentity");
    return new QuantizationClaim(
        uri.map(ModelUri::model),
        revision,
        sourceSha256,
        sourceFiles,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        format,
        Optional.of(method),
        Optional.of(nonEmpty(builder, "tool")),
        build.isPresent() ? build.get().optionalString("gitRef") : Optional.empty(),
        predicate.optionalString("producedAt"));
  }

  private static void checkReDerived(
      JsonFields statement, JsonFields predicate, List<Subject> subjects)
      throws MalformedJsonException {
    if (subjects.size() != 1) {
      throw statement.malformed("subject", "has " + subjects.size() + " entries, expected one");
    }
    checkFileName(statement, "subject[0].name", subjects.get(0).name());
    String reDerived =
        predicate.object("reproducibility").object("reDerivedDigest").sha256("sha256");
    if (!subjects.get(0).sha256().equals(Optional.of(reDerived))) {
      throw statement.malformed(
          "subject[0].digest", "is not the digest that was derived again, " + reDerived);
    }
  }

  private static void checkFileName(JsonFields fields, String field, String name)
      throws MalformedJsonException {
    if (!CanonicalPath.isCanonical(name) || name.contains("/") || name.contains("\\")) {
      throw fields.malformed(field, "is not a plain file name: " + Quoted.of(name));
    }
  }

  private static List<Subject> sourceFiles(JsonFields source) throws MalformedJsonException {
    var files = new ArrayList<Subject>();
    var names = new HashSet<String>();
    List<JsonFields> listed = source.objects("files");
    if (listed.size() > MAX_SOURCE_FILES) {
      throw source.malformed("files", "has more than " + MAX_SOURCE_FILES + " entries");
    }
    for (JsonFields file : listed) {
      String name = file.string("name");
      if (!CanonicalPath.isCanonical(name)) {
        throw file.malformed("name", "is not canonical: " + Quoted.of(name));
      }
      if (!names.add(name)) {
        throw file.malformed("name", "is there twice: " + Quoted.of(name));
      }
      files.add(new Subject(name, Optional.of(file.object("digest").sha256("sha256"))));
    }
    if (files.isEmpty()) {
      throw source.malformed("files", "is missing or empty");
    }
    return files;
  }

  private static String nonEmpty(JsonFields fields, String name) throws MalformedJsonException {
    String value = fields.string(name);
    if (value.isBlank()) {
      throw fields.malformed(name, "is empty");
    }
    return value;
  }
}
