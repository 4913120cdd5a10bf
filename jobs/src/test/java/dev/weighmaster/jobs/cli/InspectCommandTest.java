package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  private static final byte[] GGUF =
      new GgufWriter()
          .put("general.architecture", "llama")
          .put("general.name", "a\u001b[31m \u202ename")
          .put("general.file_type", (int) LlamaFileType.Q8_0.id())
          .put(
              "tokens",
              GgufValue.array(
                  GgufType.STRING, List.of(GgufValue.text("<s>"), GgufValue.text("</s>"))))
          .tensor("norm", GgmlType.F32, List.of(4L), new byte[16])
          .tensor("output.weight", GgmlType.Q8_0, List.of(32L, 10L), new byte[340])
          .toByteArray();

  @TempDir private Path folder;

  @Test
  void theHeaderOfGgufIsShownInColumns() throws IOException {
    Path file = Files.write(folder.resolve("model.gguf"), GGUF);

    assertThat(Commands.run("inspect", file).succeeded())
        .isEqualTo(
            """
            file             %s
            size             704
            format           GGUF v3
            role             model
            architecture     llama
            method           Q8_0
            parameters       324
            bits per weight  8.79
            byte order       little-endian
            alignment        32
            data offset      320
            trailing bytes   0
            file type claim  Q8_0

            tensors by type (2)
              type  quantized  tensors  elements  bytes
              Q8_0  true             1       320    340
              F32   false            1         4     16

            metadata (4)
              key                   type       value
              general.architecture  STRING     llama
              general.name          STRING     a\\u001b[31m \\u202ename
              general.file_type     UINT32     7
              tokens                STRING[2]  <s>, </s>

            tensors (2)
              name           type  shape   offset  bytes
              norm           F32   4          320     16
              output.weight  Q8_0  32, 10     352    340
            """
                .formatted(file));
  }

  @Test
  void jsonHoldsTheSameFieldsWithTheirTypes() throws IOException {
    Path file = Files.write(folder.resolve("model.gguf"), GGUF);

    JsonNode json = new JsonMapper().readTree(Commands.run("inspect", "--json", file).succeeded());

    assertThat(json.path("metadata").path(1).path("value").asText())
        .isEqualTo("a\u001b[31m \u202ename");
    assertThat(json.path("metadata").path(2).path("value").isIntegralNumber()).isTrue();
    assertThat(json.path("tensors").path(1).path("shape").toString()).isEqualTo("[32,10]");
    assertThat(json.path("bits_per_weight").asDouble()).isEqualTo(8.79);
  }

  @Test
  void anyFileThatBeginsAsGgufIsReadAsIt() throws IOException {
    Path file = Files.write(folder.resolve("blob"), GGUF);

    assertThat(Commands.run("inspect", file).succeeded()).contains("GGUF v3");
  }

  @Test
  void aSplitFileShowsItsPlace() throws IOException {
    byte[] part =
        new GgufWriter()
            .put("split.no", GgufValue.uint32(1))
            .put("split.count", GgufValue.uint32(3))
            .tensor("norm", GgmlType.F32, List.of(4L), new byte[16])
            .toByteArray();
    Path file = Files.write(folder.resolve("model-00002-of-00003.gguf"), part);

    assertThat(Commands.run("inspect", file).succeeded()).contains("split\n  part  2\n  of    3\n");
  }

  @Test
  void theHeaderOfSafetensorsIsShown() throws IOException {
    Path file =
        Files.write(
            folder.resolve("model.safetensors"),
            new SafetensorsWriter()
                .put("format", "pt")
                .tensor("w", SafetensorsType.BF16, List.of(3L, 2L), new byte[12])
                .toByteArray());

    assertThat(Commands.run("inspect", file).succeeded())
        .contains("parameters       6\nbits per weight  16.0\n")
        .contains("metadata (1)\n  key     value\n  format  pt\n")
        .contains("  w     BF16  3, 2  ");
  }

  @Test
  void anIndexShowsWhichOfItsFilesAreThere() throws IOException {
    Files.write(folder.resolve("a.safetensors"), new byte[0]);
    Path file =
        Files.writeString(
            folder.resolve("model.safetensors.index.json"),
            "{\"weight_map\": {\"x\": \"a.safetensors\", \"y\": \"b.safetensors\"}}");

    assertThat(Commands.run("inspect", file).succeeded())
        .endsWith("  name           present\n  a.safetensors  true\n  b.safetensors  false\n");
  }

  @Test
  void aSignatureIsCheckedOnlyWithAPolicy() throws IOException {
    KeyPair pair = TestKeys.generate("secp256r1");
    Path key = Files.write(folder.resolve("key.pem"), TestKeys.privatePem(pair));
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.writeString(model.resolve("weights.bin"), "weights");
    Commands.run("sign", model, "--key", key).succeeded();
    Files.write(folder.resolve("public.pem"), TestKeys.publicPem(pair));
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            "version: 1\ntrust_roots: [{name: acme, public_key: public.pem}]\n");
    Path none = Files.writeString(folder.resolve("none.yaml"), "version: 1\n");
    Path signature = model.resolve("model.sig");

    assertThat(Commands.run("inspect", signature).succeeded())
        .contains("predicate type    https://model_signing/signature/v1.0\n")
        .contains("    method  key\n    result  signature not checked\n")
        .contains("      weights.bin  ");
    assertThat(Commands.run("inspect", signature, "--policy", policy).succeeded())
        .contains("result      holds\n")
        .contains("trust root  acme\n");
    assertThat(Commands.run("inspect", signature, "--policy", none).succeeded())
        .contains("result  can't be checked\n    reason  SIGNER_NOT_TRUSTED\n");

    String bundle = Files.readString(signature);
    int place = bundle.indexOf("\"sig\":\"") + 40;
    Files.writeString(
        signature,
        bundle.substring(0, place)
            + (bundle.charAt(place) == 'A' ? 'B' : 'A')
            + bundle.substring(place + 1));
    assertThat(Commands.run("inspect", signature).exitCode()).isZero();
    Commands.Result broken = Commands.run("inspect", signature, "--policy", policy);
    assertThat(broken.exitCode()).isEqualTo(2);
    assertThat(broken.out()).contains("reason  SIGNATURE_INVALID\n");
  }

  @Test
  void whatIsMalformedIsSaidWithItsPlace() throws IOException {
    Path truncated = Files.write(folder.resolve("model.gguf"), Arrays.copyOf(GGUF, 100));
    assertThat(Commands.run("inspect", truncated).failed(2))
        .startsWith(truncated + " is malformed: ")
        .containsPattern("\\(at byte \\d+\\)$");

    Path bundle = Files.writeString(folder.resolve("x.sig"), "{}");
    Commands.Result result = Commands.run("inspect", bundle);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).contains("MALFORMED_BUNDLE");
  }

  @Test
  void whatIsNotHereOrOfNoKnownKindIsSaid() throws IOException {
    Path pointer =
        Files.writeString(
            folder.resolve("model.gguf"),
            "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 5\n"
                .formatted("a".repeat(64)));
    assertThat(Commands.run("inspect", pointer).failed(3))
        .isEqualTo(
            "%s is a pointer file to 5 bytes of sha256:%s, which are not here"
                .formatted(pointer, "a".repeat(64)));
    Path text = Files.writeString(folder.resolve("notes.txt"), "notes");
    assertThat(Commands.run("inspect", text).failed(3)).contains("is neither GGUF");
    assertThat(Commands.run("inspect", folder.resolve("none")).failed(3))
        .isEqualTo(folder.resolve("none") + ": no such file");
    Path newer =
        Files.write(folder.resolve("new.gguf"), new byte[] {'G', 'G', 'U', 'F', 9, 0, 0, 0});
    assertThat(Commands.run("inspect", newer).failed(3)).contains("9").contains("(at byte 4)");
  }
}
