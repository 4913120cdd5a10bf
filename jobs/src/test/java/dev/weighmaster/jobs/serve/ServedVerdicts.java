package dev.weighmaster.jobs.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A service over a hub on disk, asked over HTTP. */
public final class ServedVerdicts implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final HubService service;

  public ServedVerdicts(Path hub, Path policy) throws Exception {
    service =
        new HubService(
            hub.toString(),
            new CurrentPolicy(Optional.of(policy)),
            ServiceLimits.of(2, Duration.ofMinutes(2), 1L << 30),
            "127.0.0.1",
            0,
            Optional.empty());
  }

  /** The answer to a request for a verdict. */
  public JsonNode ask(String body) throws IOException, InterruptedException {
    HttpResponse<String> answer = send(body);
    assertThat(answer.statusCode()).as(body + ": " + answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  /** The status of what answers such a request. */
  public int status(String body) throws IOException, InterruptedException {
    return send(body).statusCode();
  }

  private HttpResponse<String> send(String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(service.address().resolve("/v1/verify"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
