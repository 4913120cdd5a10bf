package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.jobs.S3Server;
import dev.weighmaster.jobs.SmallHub;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub in object storage, as its service answers. */
@Tag("slow")
class ServedBucketTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String BUCKET = "served-hub";

  @TempDir private Path folder;
  private final List<String> properties = new ArrayList<>();

  @Test
  void aRepositoryInABucketIsAnsweredByTheBytesThatItHasNow() throws Exception {
    SmallHub small = SmallHub.write(folder);
    try (S3Server server = S3Server.start(folder)) {
      server.publish(small.hub(), BUCKET);
      reach(server);
      try (HubService service = serve(small)) {
        JsonNode before = verify(service);
        byte[] other = SmallHub.quantization();
        other[other.length - 1] ^= 1;
        server.put(BUCKET, SmallHub.QUANTIZED + "/base-Q4_0.gguf", other);
        JsonNode after = verify(service);

        assertThat(before.at("/quantizations/0/verdict").textValue()).isEqualTo("VERIFIED");
        assertThat(before.at("/quantizations/0/shield/message").textValue())
            .isEqualTo("quantized from acme/base, verified");
        assertThat(after.at("/quantizations/0/verdict").textValue()).isEqualTo("BROKEN");
        assertThat(after.at("/quantizations/0/reason").textValue()).isEqualTo("DIGEST_MISMATCH");
      }
    }
  }

  @Test
  void aBucketThatCanNotBeReachedIsNoVerdict() throws Exception {
    SmallHub small = SmallHub.write(folder);
    HubService service;
    try (S3Server server = S3Server.start(folder)) {
      server.publish(small.hub(), BUCKET);
      reach(server);
      service = serve(small);
    }
    try (service) {
      assertThat(ask(service).statusCode()).isEqualTo(503);
    }
  }

  /** As {@code -Dspark.hadoop...} among the options of the service's JVM. */
  private void reach(S3Server server) {
    server
        .settings()
        .forEach(
            (name, value) -> {
              String property = "spark.hadoop." + name;
              System.setProperty(property, value);
              properties.add(property);
            });
  }

  @AfterEach
  void forgetTheServer() {
    properties.forEach(System::clearProperty);
  }

  private static HubService serve(SmallHub small) throws Exception {
    return new HubService(
        "s3a://" + BUCKET + "/",
        new CurrentPolicy(Optional.of(small.policy())),
        ServiceLimits.of(2, Duration.ofMinutes(2), 1L << 20),
        "127.0.0.1",
        0,
        Optional.empty());
  }

  private static JsonNode verify(HubService service) throws Exception {
    HttpResponse<String> answer = ask(service);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static HttpResponse<String> ask(HubService service) throws Exception {
    URI verify = service.address().resolve("/v1/verify");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(verify)
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        "{\"repository\": \"%s\"}".formatted(SmallHub.QUANTIZED), UTF_8))
                .build(),
            BodyHandlers.ofString(UTF_8));
  }
}
