package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.jobs.cli.Commands.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the pages for publishers, operators, auditors and consumers tell them to type does what the
 * pages say, in this order.
 */
@Tag("packaged")
class PagesForPeopleTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final List<String> PAGES =
      List.of("publisher", "hub-operator", "auditor", "evidence", "consumer");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  /** Of others, or answered by a test of their own. */
  private static final Pattern NOT_TYPED = Pattern.compile("\\[!\\[.*|https://.*");

  private static final String OURS = "bin/weighmaster ";

  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|\\S+");

  @TempDir private Path folder;

  @Test
  void everyCommandOfThePagesSucceeds() throws Exception {
    writeWhatPagesTakeForGranted();
    List<String> commands = new ArrayList<>();
    for (String page : PAGES) {
      commands.addAll(commands(page));
    }
    // What is compared with the state of a date needs a run of then: the first that an operator
    // makes.
    commands.replaceAll(
        command ->
            command.contains(" audit ") && !command.contains("--scrub")
                ? command + " --date 2026-10-30"
                : command);
    assertThat(commands).hasSizeGreaterThan(18);

    // A start of the program is most of what a command takes: those of the first page are real
    // ones, the others run in one JVM.
    int started = commands(PAGES.get(0)).size();
    CommandSession session = new CommandSession(folder.resolve("session"), folder);
    for (int i = 0; i < commands.size(); i++) {
      String command = commands.get(i);
      if (i < started || !command.startsWith(OURS)) {
        assertThatIsVerified(command, type(command));
      } else {
        session.add(i + " " + command, words(command));
      }
    }
    session.start();
    for (Map.Entry<String, Result> each : session.results().entrySet()) {
      Result result = each.getValue();
      assertThat(result.exitCode()).as(each.getKey() + "\n" + result.err()).isZero();
      assertThatIsVerified(each.getKey(), result.out());
    }
    assertThat(folder.resolve("srv/www/badges/quants/base-7b-GGUF/base-7b-Q4_0.gguf.svg"))
        .content()
        .contains("quantized from acme/base-7b, verified");
    assertThat(folder.resolve("report/report.csv")).content().contains("quants/base-7b-GGUF");
    assertThat(folder.resolve("bom.cdx.json")).content().contains("\"CycloneDX\"");
  }

  private static void assertThatIsVerified(String command, String output) {
    if (command.contains("weighmaster verify ")) {
      assertThat(output).as(command).containsIgnoringCase("verified");
    }
  }

  /** The words of a command of ours, as the shell would part them, without the program's name. */
  private static Object[] words(String command) {
    return WORD.matcher(here(command.substring(OURS.length())))
        .results()
        .map(word -> word.group().replaceAll("^\"|\"$", ""))
        .toArray();
  }

  private static String here(String command) {
    return command.replace(" /srv/", " srv/");
  }

  /** What ggml makes of the weights of base-7b-F16.gguf, all of which are 0. */
  private static byte[] quantization() {
    float[] weights = new float[32 * 64];
    byte[] blocks =
        new byte[weights.length / GgmlType.Q4_0.blockElements() * GgmlType.Q4_0.blockBytes()];
    GgmlCodecs.of(GgmlType.Q4_0)
        .orElseThrow()
        .encode(weights, 0, weights.length, new float[0], blocks, 0);
    return new GgufWriter()
        .put("general.architecture", "llama")
        .put("general.file_type", 2)
        .tensor("output.weight", GgmlType.Q4_0, List.of(32L, 64L), blocks)
        .toByteArray();
  }

  /** The model and its quantization, the keys of a quantizer and an auditor, and a policy. */
  private void writeWhatPagesTakeForGranted() throws Exception {
    write("hub/acme/base-7b/config.json", "{}".getBytes(UTF_8));
    write(
        "hub/acme/base-7b/model.safetensors",
        new SafetensorsWriter()
            .tensor("output.weight", SafetensorsType.F32, List.of(64L, 32L), new byte[8192])
            .toByteArray());
    write("hub/quants/base-7b-GGUF/base-7b-Q4_0.gguf", quantization());
    write(
        "hub/quants/base-7b-GGUF/README.md",
        "---\nbase_model: acme/base-7b\n---\n".getBytes(UTF_8));
    write("base-7b-Q4_0.gguf", quantization());
    write(
        "base-7b-F16.gguf",
        new GgufWriter()
            .put("general.architecture", "llama")
            .tensor("output.weight", GgmlType.F16, List.of(32L, 64L), new byte[4096])
            .toByteArray());
    Files.createDirectories(folder.resolve("srv/www"));
    Files.createSymbolicLink(folder.resolve("srv/hub"), folder.resolve("hub"));
    for (String name : List.of("quants", "auditor")) {
      type("openssl ecparam -name prime256v1 -genkey -noout -out " + name + ".pem");
      type("openssl pkey -in %1$s.pem -pubout -out %1$s.pub.pem".formatted(name));
    }
    String policy =
        BLOCK
            .matcher(page("publisher"))
            .results()
            .filter(block -> block.group(1).equals("yaml"))
            .map(block -> block.group(2))
            .findFirst()
            .orElseThrow();
    write(
        "policy.yaml",
        (policy.replace(
                    "publishers:",
                    "  - name: auditor-key\n    public_key: auditor.pub.pem\npublishers:")
                + "auditors:\n"
                + "  - verifier: https://audits.example/weighmaster\n"
                + "    signers:\n"
                + "      - key: auditor-key\n")
            .getBytes(UTF_8));
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private static List<String> commands(String page) throws IOException {
    return BLOCK
        .matcher(page(page))
        .results()
        .filter(block -> block.group(1).isEmpty())
        .flatMap(block -> Stream.of(block.group(2).replaceAll("\\\\\\n *", "").split("\n")))
        .filter(line -> !NOT_TYPED.matcher(line).matches())
        .toList();
  }

  private static String page(String name) throws IOException {
    return Files.readString(ROOT.resolve("docs/" + name + ".md"));
  }

  /** Types a command, and gives what it printed. */
  private String type(String command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    String typed = here(command).replace("bin/weighmaster", "\"$WEIGHMASTER\"");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", typed)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("WEIGHMASTER", ROOT.resolve("bin/weighmaster").toString());
    int exitCode = builder.start().waitFor();
    String printed = Files.readString(output);
    assertThat(exitCode).as(command + "\n" + printed).isZero();
    return printed;
  }
}
