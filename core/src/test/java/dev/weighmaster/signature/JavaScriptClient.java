package dev.weighmaster.signature;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Sigstore's JavaScript client, by the scripts in {@code interop/}; each run starts Node once. */
final class JavaScriptClient {
  private static final Path FOLDER = Path.of(System.getProperty("weighmaster.root"), "interop");
  private static final JsonMapper JSON = new JsonMapper();

  private JavaScriptClient() {}

  /** Skips the test where Node or the client is missing; on a CI machine with Node it must run. */
  static void assumePresent() {
    boolean node = onPath("node") && onPath("npm");
    Assumptions.assumeTrue(node, "there is no Node (node and npm) on the PATH");
    Assumptions.assumeTrue(
        "true".equals(System.getenv("CI")) || Files.exists(FOLDER.resolve("node_modules")),
        "bin/check has not installed interop/node_modules yet");
  }

  /**
   * Runs a script to its end.
   *
   * @param input what it reads from its standard input
   * @return what it writes to its standard output
   */
  static JsonNode run(String script, JsonNode input) {
    try {
      Process process =
          new ProcessBuilder("node", script)
              .directory(FOLDER.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      // A script reads all of its input before it writes.
      try (OutputStream in = process.getOutputStream()) {
        JSON.writeValue(in, input);
      }
      byte[] output = process.getInputStream().readAllBytes();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(script + " failed, see its error output");
      }
      return JSON.readTree(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
