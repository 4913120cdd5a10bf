package dev.weighmaster.attest;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.HashType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StatementReaderTest {
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);
  private static final String ROOT_OF_A_AND_B = RootDigest.of(List.of(file("x", A), file("y", B)));

  private static final String SIGNATURE =
      """
      {"_type": "https://in-toto.io/Statement/v1",
       "subject": [{"name": "base", "digest": {"sha256": "ROOT"}}],
       "predicateType": "https://model_signing/signature/v1.0",
       "predicate": {
         "resources": [
           {"name": "a.bin", "digest": "AAAA", "algorithm": "sha256"},
           {"name": "b/c.bin", "digest": "BBBB", "algorithm": "sha256"}],
         "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": false,
           "ignore_paths": ["model.sig"]}}}
      """
          .replace("ROOT", ROOT_OF_A_AND_B)
          .replace("AAAA", A)
          .replace("BBBB", B);

  private static final String SHARDS =
      SIGNATURE
          .replace("a.bin", "w:1.bin:0:8")
          .replace("b/c.bin", "w:1.bin:8:11")
          .replace("\"files\"", "\"shards\", \"shard_size\": 8");

  private static final String DIGESTS =
      """
      {"_type": "https://in-toto.io/Statement/v1",
       "subject": [
         {"name": "z", "digest": {"sha256": "BBBB"},
          "annotations": {"actual_hash_algorithm": "file-sha256"}},
         {"name": "a", "digest": {"sha256": "AAAA"},
          "annotations": {"actual_hash_algorithm": "file-sha256"}}],
       "predicateType": "https://model_signing/Digests/v0.1",
       "predicate": {"unused": "x"}}
      """
          .replace("AAAA", A)
          .replace("BBBB", B);

  private static final String QUANTIZATION =
      """
      {"_type": "https://in-toto.io/Statement/v1",
       "subject": [{"name": "base.Q4_K_M.gguf", "digest": {"sha256": "AAAA"}}],
       "predicateType": "https://weighmaster.dev/attestation/quantization/v1",
       "predicate": {
         "source": {"model": "acme/base", "revision": "r1", "digest": {"sha256": "BBBB"},
           "signature": {"digest": {"sha256": "AAAA"}, "identity": "me@acme.example",
             "issuer": "https://accounts.acme.example", "logIndex": 1}},
         "quantization": {"format": "gguf", "method": "Q4_K_M"},
         "tool": {"name": "llama.cpp/llama-quantize", "version": "b6942"},
         "producedAt": "2026-11-22T00:00:00Z"}}
      """
          .replace("AAAA", A)
          .replace("BBBB", B);

  private static final String DERIVATION =
      """
      {"_type": "https://in-toto.io/Statement/v1",
       "subject": [{"name": "base-Q4_K_M.gguf", "digest": {"sha256": "AAAA"}}],
       "predicateType":
         "https://github.com/theadamdanielsson/ggufpacker/attestation/gguf-derivation/v0",
       "predicate": {
         "baseModel": {"name": "base-f16.gguf", "digest": {"sha256": "BBBB"},
           "uri": "pkg:huggingface/acme/base-GGUF@r1"},
         "recipe": {"quantType": "Q4_K_M", "outputFormat": "gguf"},
         "builder": {"tool": "ggml-org/llama.cpp/llama-quantize",
           "buildIdentity": {"gitRef": "b3821"}},
         "reproducibility": {"reDerivedDigest": {"sha256": "AAAA"}},
         "producedAt": "2026-07-06T21:00:00Z"}}
      """
          .replace("AAAA", A)
          .replace("BBBB", B);

  private static final String CONVERSION =
      """
      {"_type": "https://in-toto.io/Statement/v1",
       "subject": [{"name": "base-f16.gguf", "digest": {"sha256": "AAAA"}}],
       "predicateType":
         "https://github.com/theadamdanielsson/ggufpacker/attestation/gguf-conversion/v0",
       "predicate": {
         "source": {"directoryName": "base", "uri": "pkg:huggingface/acme/base", "revision": "r2",
           "files": [{"name": "model.safetensors", "digest": {"sha256": "BBBB"}}]},
         "recipe": {"outputType": "f16"},
         "builder": {"tool": "ggml-org/llama.cpp/convert_hf_to_gguf.py"},
         "reproducibility": {"reDerivedDigest": {"sha256": "AAAA"}}}}
      """
          .replace("AAAA", A)
          .replace("BBBB", B);

  @Test
  void aModelSignatureIsItsManifest() throws Exception {
    ModelManifest manifest = read(SIGNATURE).manifest().orElseThrow();

    assertThat(manifest.rootDigest()).isEqualTo(ROOT_OF_A_AND_B);
    assertThat(manifest.hashType()).isEqualTo(HashType.SHA256);
    assertThat(manifest.shardSize()).isEmpty();
    assertThat(manifest.ignorePaths()).containsExactly("model.sig");
    assertThat(manifest.resources()).containsExactly(file("a.bin", A), file("b/c.bin", B));
  }

  @Test
  void aPathMayBeIgnoredTwice() throws Exception {
    String twice = SIGNATURE.replace("[\"model.sig\"]", "[\"model.sig\", \"model.sig\"]");

    assertThat(read(twice).manifest().orElseThrow().ignorePaths())
        .containsExactly("model.sig", "model.sig");
  }

  @Test
  void shardNamesAreReadFromTheLastTwoColons() throws Exception {
    ModelManifest manifest = read(SHARDS).manifest().orElseThrow();

    assertThat(manifest.shardSize()).contains(8L);
    assertThat(manifest.resources())
        .containsExactly(
            new Resource("w:1.bin", 0, Optional.of(8L), A),
            new Resource("w:1.bin", 8, Optional.of(11L), B));
  }

  @Test
  void aFileOfManyShardsHasOnlyItsLastOneShorter() throws Exception {
    assertThat(read(threeShards(24)).manifest().orElseThrow().resources())
        .extracting(Resource::name)
        .containsExactly("w:0:10", "w:10:20", "w:20:24");
    assertThatThrownBy(() -> read(threeShards(31))).hasMessageContaining("in shards of 10");
    assertThatThrownBy(
            () -> read(threeShards(24).replace("w:10:20", "w:10:19").replace("w:20:", "w:19:")))
        .hasMessageContaining("in shards of 10");
  }

  private static String threeShards(long end) {
    String third = "{\"name\": \"w:20:%d\", \"digest\": \"%s\", \"algorithm\": \"sha256\"}";
    return SHARDS
        .replace("w:1.bin:0:8", "w:0:10")
        .replace("w:1.bin:8:11", "w:10:20")
        .replace("\"shard_size\": 8", "\"shard_size\": 10")
        .replaceFirst("\\{[^{}]*w:10:20[^{}]*}", "$0, " + third.formatted(end, A))
        .replace(ROOT_OF_A_AND_B, RootDigest.of(List.of(file("x", A), file("y", B), file("z", A))));
  }

  @Test
  void theReferenceImplementationsOrderByPathComponentsIsTakenToo() throws Exception {
    String byComponents = SIGNATURE.replace("a.bin", "a/b").replace("b/c.bin", "a-b");
    String byCodePoints = SIGNATURE.replace("a.bin", "a-b").replace("b/c.bin", "a/b");

    assertThat(read(byComponents).manifest()).isPresent();
    assertThat(read(byCodePoints).manifest()).isPresent();
  }

  @Test
  void theReferenceImplementationsShardSizeIsANumberWithAFraction() throws Exception {
    String asDouble = SHARDS.replace("\"shard_size\": 8", "\"shard_size\": 8.0");

    assertThat(read(asDouble).manifest()).isEqualTo(read(SHARDS).manifest());
  }

  @Test
  void theReferenceImplementationsSingleFileIsTheRootItself() throws Exception {
    String file =
        SIGNATURE
            .replaceFirst(",\\s*\\{\"name\": \"b/c.bin\"[^}]*}", "")
            .replace("a.bin", ".")
            .replace(ROOT_OF_A_AND_B, RootDigest.of(List.of(file(".", A))));

    assertThat(read(file).manifest().orElseThrow().resources()).containsExactly(file(".", A));
  }

  @Test
  void aManifestOfVersion020IsSortedByName() throws Exception {
    ModelManifest manifest = read(DIGESTS).manifest().orElseThrow();

    assertThat(manifest.resources()).containsExactly(file("a", A), file("z", B));
    assertThat(manifest.rootDigest()).isEqualTo(ROOT_OF_A_AND_B);
  }

  @Test
  void aQuantizationAttestationIsAClaim() throws Exception {
    assertThat(read(QUANTIZATION).claim())
        .contains(
            new QuantizationClaim(
                Optional.of("acme/base"),
                Optional.of("r1"),
                Optional.of(B),
                List.of(),
                Optional.of(A),
                Optional.of("me@acme.example"),
                Optional.of("https://accounts.acme.example"),
                Optional.of("gguf"),
                Optional.of("Q4_K_M"),
                Optional.of("llama.cpp/llama-quantize"),
                Optional.of("b6942"),
                Optional.of("2026-11-22T00:00:00Z")));
  }

  @Test
  void aDerivationNamesItsSourceByPackageUrl() throws Exception {
    QuantizationClaim claim = read(DERIVATION).claim().orElseThrow();

    assertThat(claim.sourceModel()).contains("acme/base-GGUF");
    assertThat(claim.sourceRevision()).contains("r1");
    assertThat(claim.sourceSha256()).contains(B);
    assertThat(claim.method()).contains("Q4_K_M");
    assertThat(claim.tool()).contains("ggml-org/llama.cpp/llama-quantize");
    assertThat(claim.toolVersion()).contains("b3821");
  }

  @Test
  void aConversionNamesItsSourceByFiles() throws Exception {
    QuantizationClaim claim = read(CONVERSION).claim().orElseThrow();

    assertThat(claim.sourceModel()).contains("acme/base");
    assertThat(claim.sourceRevision()).contains("r2");
    assertThat(claim.sourceSha256()).isEmpty();
    assertThat(claim.sourceFiles())
        .containsExactly(new Subject("model.safetensors", Optional.of(B)));
  }

  @Test
  void aConversionsRevisionMayBeInItsPackageUrl() throws Exception {
    String statement =
        CONVERSION.replace("\"revision\": \"r2\",", "").replace("/base\",", "/base@r3\",");

    assertThat(read(statement).claim().orElseThrow().sourceRevision()).contains("r3");
  }

  @Test
  void whatIsExactlyAsLongAsItMayBeIsRead() throws Exception {
    String name = "n".repeat(4096);
    assertThat(read(QUANTIZATION.replace("base.Q4_K_M.gguf", name)).subjects())
        .containsExactly(new Subject(name, Optional.of(A)));
    assertThat(read(CONVERSION.replace("\"files\": [", files(9_999))).claim().orElseThrow())
        .extracting(claim -> claim.sourceFiles().size())
        .isEqualTo(10_000);
  }

  @Test
  void aStatementOfAnotherTypeHasSubjectsAlone() throws Exception {
    Statement statement = read(QUANTIZATION.replace("quantization/v1", "else/v1"));

    assertThat(statement.subjects())
        .containsExactly(new Subject("base.Q4_K_M.gguf", Optional.of(A)));
    assertThat(statement.claim()).isEmpty();
    assertThat(statement.manifest()).isEmpty();
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("malformed")
  void malformedStatementsAreRefused(String from, String to, String message, String statement) {
    assertThat(statement).contains(from);
    assertThatThrownBy(() -> read(statement.replace(from, to)))
        .isInstanceOf(MalformedStatementException.class)
        .hasMessageContaining(message);
  }

  private static String files(int count) {
    StringBuilder files = new StringBuilder("\"files\": [");
    for (int i = 0; i < count; i++) {
      files.append("{\"name\": \"%d\", \"digest\": {\"sha256\": \"%s\"}},".formatted(i, A));
    }
    return files.toString();
  }

  static Stream<Arguments> malformed() {
    String c = "c".repeat(64);
    return Stream.of(
        arguments("base.Q4_K_M.gguf", "n".repeat(4097), "more than 4096 characters", QUANTIZATION),
        arguments("b6942", "v".repeat(4097), "more than 4096 characters", QUANTIZATION),
        arguments("\"files\": [", files(10_000), "more than 10000 entries", CONVERSION),
        arguments("\"base\"", "\"../base\"", "directoryName is not a plain file name", CONVERSION),
        arguments("\"directoryName\"", "\"d\"", "directoryName is missing", CONVERSION),
        arguments("\"quantization\":", "\"q\":", "predicate.quantization is missing", QUANTIZATION),
        arguments("Statement/v1", "Statement/v0.1", "_type is", SIGNATURE),
        arguments("\"_type\"", "\"type\"", "_type is missing", SIGNATURE),
        arguments("\"base\"", "7", "subject[0].name must be a string", SIGNATURE),
        arguments("{\"sha256\": \"" + A + "\"}", "{}", "digest is empty", QUANTIZATION),
        arguments(A + "\"}}]", A.toUpperCase(Locale.ROOT) + "\"}}]", "64 lower-case", QUANTIZATION),
        arguments(
            "\"subject\": [", "\"subject\": [], \"s\": [", "subject is missing", QUANTIZATION),
        arguments("\"subject\": [", "\"subject\": [7, ", "must be an object", QUANTIZATION),
        arguments("\"subject\": [", "\"subject\": 7, \"s\": [", "must be an array", QUANTIZATION),
        arguments("\"predicate\":", "\"subject\": [], \"predicate\":", "is not JSON", SIGNATURE),
        arguments("}}}", "}}} {}", "is not JSON", SIGNATURE),
        arguments("\"_type\"", "_type", "is not JSON", SIGNATURE),
        arguments(
            "{\"name\": \"base\"",
            "{\"name\": \"other\", \"digest\": {\"sha256\": \"" + c + "\"}}, {\"name\": \"base\"",
            "has 2 entries",
            SIGNATURE),
        arguments("\"base\"", "\"\"", "name is empty", SIGNATURE),
        arguments(ROOT_OF_A_AND_B, c, "the resources hash to " + ROOT_OF_A_AND_B, SIGNATURE),
        arguments("\"resources\": [", "\"resources\": [], \"r\": [", "missing or empty", SIGNATURE),
        arguments("a.bin", "c.bin", "not after the name before it", SIGNATURE),
        arguments("a.bin", "b/c.bin", "not after the name before it", SIGNATURE),
        arguments("a.bin", "/a.bin", "not canonical", SIGNATURE),
        arguments("a.bin", "../a.bin", "not canonical", SIGNATURE),
        arguments("a.bin", "./a.bin", "not canonical", SIGNATURE),
        arguments("a.bin", "a//b", "not canonical", SIGNATURE),
        arguments("a.bin", "a/", "not canonical", SIGNATURE),
        arguments("a.bin", "", "not canonical", SIGNATURE),
        arguments("a.bin", "\\ud800", "not canonical", SIGNATURE),
        arguments("a.bin", ".", "not canonical, beside others", SIGNATURE),
        arguments("w:1.bin:0:8", ".:0:8", "in shards of 8", SHARDS),
        arguments("\"z\"", "\".\"", "not canonical, beside others", DIGESTS),
        arguments("\"resources\"", "\"x\": 1, \"resources\"", "does not belong", SIGNATURE),
        arguments("\"method\"", "\"x\": 1, \"method\"", "does not belong", SIGNATURE),
        arguments("\"algorithm\": \"sha256\"", "\"algorithm\": \"blake3\"", "hash_type", SIGNATURE),
        arguments("\"sha256\", \"allow", "\"md5\", \"allow", "expected sha256, blake", SIGNATURE),
        arguments(
            "\"sha256\", \"allow", "\"blake2b\", \"allow", "not hash_type blake2b", SIGNATURE),
        arguments(A, "aa", "64 lower-case", SIGNATURE),
        arguments("\"files\"", "\"tree\"", "expected files or shards", SIGNATURE),
        arguments("\"files\"", "\"files\", \"shard_size\": 8", "must be absent", SIGNATURE),
        arguments("\"files\"", "\"shards\"", "must be positive", SIGNATURE),
        arguments("false", "\"false\"", "must be true or false", SIGNATURE),
        arguments("\"model.sig\"", "\"../model.sig\"", "not canonical", SIGNATURE),
        arguments("\"model.sig\"", "\"*.sig\"", "glob", SIGNATURE),
        arguments("\"shard_size\": 8", "\"shard_size\": 0", "must be positive", SHARDS),
        arguments("\"shard_size\": 8", "\"shard_size\": 8.5", "must be an integer", SHARDS),
        arguments("\"shard_size\": 8", "\"shard_size\": 1e30", "must be an integer", SHARDS),
        arguments("\"shard_size\": 8", "\"shard_size\": 9", "in shards of 9", SHARDS),
        arguments("w:1.bin:8:11", "w:1.bin:9:11", "in shards of 8", SHARDS),
        arguments("w:1.bin:8:11", "w:1.bin:8:8", "in shards of 8", SHARDS),
        arguments("w:1.bin:8:11", "w:1.bin:8:17", "in shards of 8", SHARDS),
        arguments("w:1.bin:8:11", "w:2.bin:8:11", "in shards of 8", SHARDS),
        arguments("w:1.bin:8:11", "w:1.bin:08:11", "expected path:start:end", SHARDS),
        arguments("w:1.bin:8:11", "w", "expected path:start:end", SHARDS),
        arguments("w:1.bin:8:11", "w:1.bin:8:9999999999999999999", "expected path", SHARDS),
        arguments("w:1.bin:0:8", ":0:8", "not canonical", SHARDS),
        arguments("\"z\"", "\"a\"", "twice", DIGESTS),
        arguments("\"z\"", "\"/z\"", "not canonical", DIGESTS),
        arguments("file-sha256", "file-md5", "expected \"file-sha256\"", DIGESTS),
        arguments("\"annotations\"", "\"other\"", "annotations is missing", DIGESTS),
        arguments("\"acme/base\"", "\" \"", "source.model is empty", QUANTIZATION),
        arguments("\"model\"", "\"name\"", "source.model is missing", QUANTIZATION),
        arguments("{\"sha256\": \"" + B + "\"}", "{}", "digest.sha256 is missing", QUANTIZATION),
        arguments("\"Q4_K_M\"", "null", "quantization.method is missing", QUANTIZATION),
        arguments("\"tool\"", "\"tools\"", "tool is missing", QUANTIZATION),
        arguments(
            "{\"sha256\": \"" + A + "\"}}]",
            "{\"md5\": \"x\"}}]",
            "without its sha256",
            QUANTIZATION),
        arguments(
            "reDerivedDigest\": {\"sha256\": \"" + A,
            "reDerivedDigest\": {\"sha256\": \"" + c,
            "derived again",
            DERIVATION),
        arguments("base-Q4_K_M.gguf", "../base.gguf", "not a plain file name", DERIVATION),
        arguments("base-Q4_K_M.gguf", "a\\\\b", "not a plain file name", DERIVATION),
        arguments("@r1", "@%zz", "percent encoding", DERIVATION),
        arguments("\"files\"", "\"file\"", "files is missing", CONVERSION),
        arguments(
            "reDerivedDigest\": {\"sha256\": \"" + A,
            "reDerivedDigest\": {\"sha256\": \"" + c,
            "derived again",
            CONVERSION),
        arguments("base-f16.gguf", "../base.gguf", "not a plain file name", CONVERSION),
        arguments(
            "\"subject\": [",
            "\"subject\": [{\"name\": \"b\", \"digest\": {\"sha256\": \"" + A + "\"}}, ",
            "has 2 entries, expected one",
            CONVERSION),
        arguments(
            "\"subject\": [",
            "\"subject\": [{\"name\": \"b\", \"digest\": {\"sha256\": \"" + A + "\"}}, ",
            "has 2 entries, expected one",
            DERIVATION),
        arguments("model.safetensors", "/model.safetensors", "not canonical", CONVERSION));
  }

  @Test
  void hostileShapesAreRefusedBeforeTheyCost() {
    assertThatThrownBy(() -> read("[".repeat(100_000)))
        .isInstanceOf(MalformedStatementException.class);
    assertThatThrownBy(() -> read("{\"a\":".repeat(100_000)))
        .isInstanceOf(MalformedStatementException.class);
    assertThatThrownBy(() -> StatementReader.read(SIGNATURE.getBytes(UTF_16)))
        .isInstanceOf(MalformedStatementException.class);
    assertThatThrownBy(() -> StatementReader.read(new byte[(32 << 20) + 1]))
        .isInstanceOf(MalformedStatementException.class);
  }

  @Test
  void everyTruncationIsMalformed() {
    for (String statement : List.of(SIGNATURE.strip(), QUANTIZATION.strip(), CONVERSION.strip())) {
      byte[] bytes = statement.getBytes(UTF_8);
      for (int length = 0; length < bytes.length; length++) {
        byte[] truncated = Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> StatementReader.read(truncated))
            .isInstanceOf(MalformedStatementException.class);
      }
    }
  }

  @Property
  void aFlippedBitIsReadOrRefused(
      @ForAll @IntRange(max = 3) int which, @ForAll @IntRange(min = 0) int at) {
    byte[] bytes = List.of(SIGNATURE, SHARDS, DERIVATION, CONVERSION).get(which).getBytes(UTF_8);
    bytes[at / 8 % bytes.length] ^= (byte) (1 << at % 8);

    readOrRefuse(bytes);
  }

  @Property
  void anyBytesAreReadOrRefused(@ForAll byte[] bytes) {
    readOrRefuse(bytes);
  }

  private static void readOrRefuse(byte[] bytes) {
    try {
      assertThat(StatementReader.read(bytes).subjects()).isNotEmpty();
    } catch (MalformedStatementException e) {
      assertThat(e).hasMessageStartingWith("statement: ");
    }
  }

  private static Statement read(String statement) throws MalformedStatementException {
    return StatementReader.read(statement.getBytes(UTF_8));
  }

  private static Resource file(String path, String digest) {
    return new Resource(path, 0, Optional.empty(), digest);
  }
}
