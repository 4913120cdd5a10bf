package dev.weighmaster.attest;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads in-toto Statements v1, and the predicates of {@link PredicateTypes}. For other predicate
 * types only the subjects are read.
 */
public final class StatementReader {
  public static final String STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

  /** More than any path or name has. Such texts go into a row of every file that they cover. */
  private static final int MAX_TEXT = 4096;

  private StatementReader() {}

  /**
   * Reads one statement.
   *
   * @param payload any bytes
   * @throws MalformedStatementException if they are no statement that keeps all rules
   */
  public static Statement read(byte[] payload) throws MalformedStatementException {
    try {
      return read(JsonFields.parse(payload));
    } catch (MalformedJsonException e) {
      throw new MalformedStatementException("statement: " + e.getMessage());
    }
  }

  private static Statement read(JsonFields statement) throws MalformedJsonException {
    if (!statement.string("_type").equals(STATEMENT_TYPE)) {
      throw statement.malformed(
          "_type",
          "is " + Quoted.of(statement.string("_type")) + ", expected \"" + STATEMENT_TYPE + '"');
    }
    String predicateType = statement.string("predicateType");
    List<Subject> subjects = subjects(statement);
    Optional<ModelManifest> manifest =
        switch (predicateType) {
          case PredicateTypes.MODEL_SIGNATURE -> Optional.of(ManifestReader.signature(statement));
          case PredicateTypes.MODEL_DIGESTS -> Optional.of(ManifestReader.digests(statement));
          default -> Optional.empty();
        };
    Optional<QuantizationClaim> claim =
        switch (predicateType) {
          case PredicateTypes.QUANTIZATION ->
              Optional.of(ClaimReader.quantization(statement, subjects));
          case PredicateTypes.GGUF_DERIVATION ->
              Optional.of(ClaimReader.derivation(statement, subjects));
          case PredicateTypes.GGUF_CONVERSION ->
              Optional.of(ClaimReader.conversion(statement, subjects));
          default -> Optional.empty();
        };
    Stream<String> texts =
        Stream.of(
                Stream.of(predicateType),
                subjects.stream().map(Subject::name),
                claim.stream().flatMap(said -> said.texts().stream()))
            .flatMap(part -> part);
    if (texts.anyMatch(text -> text.length() > MAX_TEXT)) {
      throw statement.malformed(
          "predicate", "or a subject has a text of more than " + MAX_TEXT + " characters");
    }
    Optional<JsonFields> sourceBundle =
        predicateType.equals(PredicateTypes.QUANTIZATION)
            ? ClaimReader.sourceBundle(statement)
            : Optional.empty();
    return new Statement(predicateType, subjects, manifest, claim, sourceBundle);
  }

  private static List<Subject> subjects(JsonFields statement) throws MalformedJsonException {
    var subjects = new ArrayList<Subject>();
    for (JsonFields subject : statement.objects("subject")) {
      JsonFields digest = subject.object("digest");
      if (digest.isEmpty()) {
        throw subject.malformed("digest", "is empty");
      }
      subjects.add(
          new Subject(subject.optionalString("name").orElse(""), digest.optionalSha256("sha256")));
    }
    if (subjects.isEmpty()) {
      throw statement.malformed("subject", "is missing or empty");
    }
    return subjects;
  }
}
