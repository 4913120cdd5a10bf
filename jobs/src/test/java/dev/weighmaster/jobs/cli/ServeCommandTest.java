package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.SmallHub;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
  private static final String SECRET = "correct-horse";

  @TempDir private Path folder;

  @Test
  void theServiceAnswersUntilItIsToldToStopAndThenHasNotFailed() throws Exception {
    SmallHub small = SmallHub.write(folder);
    Path log = folder.resolve("log");
    Process process = start(log, small);
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      assertThat(line)
          .as(Files.readString(log))
          .matches("serving .* at http://127\\.0\\.0\\.1:\\d+");
      URI address = URI.create(line.substring(line.lastIndexOf(' ') + 1));
      HttpClient client = HttpClient.newHttpClient();
      var request =
          HttpRequest.newBuilder(address.resolve("/v1/verify?token=in-the-query"))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{\"repository\": \"" + SmallHub.QUANTIZED + "\"}"));

      var refused = client.send(request.build(), BodyHandlers.ofString());
      var answered =
          client.send(request.header("X-Webhook-Secret", SECRET).build(), BodyHandlers.ofString());

      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(answered.body()).contains("\"verdict\":\"VERIFIED\"");
      process.toHandle().destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(out.readLine()).isNull();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(log))
        .contains("POST /v1/verify status=200 ms=", "POST /v1/verify status=401 ms=")
        .doesNotContain(SECRET, "in-the-query", "Exception");
  }

  @Test
  void nobodyElseIsServedWithoutASecret() {
    assertThat(serve("--host", "0.0.0.0").failed(64))
        .startsWith(
            "--host 0.0.0.0 can be reached by others: set the webhook secret in WEIGHMASTER");
  }

  @Test
  void aHubThatIsNotThereIsNamed() {
    assertThat(serve().failed(3))
        .startsWith("the hub " + folder.resolve("hub") + " can't be served");
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    SmallHub.write(folder);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());

      assertThat(serve("--port", port).failed(3)).contains("127.0.0.1:" + port + ": ");
    }
  }

  @Test
  void limitsThatLetNothingThroughAreAMistake() throws Exception {
    SmallHub.write(folder);
    assertThat(serve("--workers", "0").failed(64)).contains("at least 1");
    assertThat(serve("--timeout", "0").failed(64)).contains("at least 1");
    assertThat(serve("--max-bytes", "-1").failed(64)).contains("at least 1");
  }

  private Commands.Result serve(String... more) {
    Object[] arguments = new Object[more.length + 3];
    arguments[0] = "serve";
    arguments[1] = "--hub";
    arguments[2] = folder.resolve("hub");
    System.arraycopy(more, 0, arguments, 3, more.length);
    return Commands.run(arguments);
  }

  private static Process start(Path log, SmallHub small) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--hub",
                small.hub().toString(),
                "--policy",
                small.policy().toString(),
                "--port",
                "0")
            .redirectError(log.toFile());
    builder.environment().put("WEIGHMASTER_WEBHOOK_SECRET", SECRET);
    Files.write(log, "".getBytes(UTF_8));
    return builder.start();
  }
}
