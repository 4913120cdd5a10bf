package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.weighmaster.jobs.SmallHub;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The service over HTTP; every answer must be one that its description has. */
@TestInstance(Lifecycle.PER_CLASS)
class HubServiceTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "correct horse";
  private static final String VERIFY = "/v1/verify";
  private static final String QUANTIZED = "{\"repository\": \"" + SmallHub.QUANTIZED + "\"}";
  private static final String BADGE = "/v1/badge/quants/base-GGUF/base-Q4_0.gguf.svg";

  private JsonNode description;
  private Path folder;
  private SmallHub small;
  private HubService service;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    this.folder = folder;
    small = SmallHub.write(folder);
    small.write("acme/secret.txt", "a file of the organisation".getBytes(UTF_8));
    Path outside = Files.createDirectories(folder.resolve("outside/private"));
    Files.write(outside.resolve("m.gguf"), SmallHub.quantization());
    Files.createSymbolicLink(small.hub().resolve("quants/away"), outside);
    Files.createSymbolicLink(small.hub().resolve("away"), outside.getParent());
    small.write("quants/named/x" + small.hub() + "/m.gguf", SmallHub.quantization());
    ServiceLimits limits =
        new ServiceLimits(2, Duration.ofMinutes(2), 1L << 20, Duration.ofMillis(300));
    service =
        new HubService(
            small.hub().toString(),
            new CurrentPolicy(Optional.of(small.policy())),
            limits,
            "127.0.0.1",
            0,
            Optional.of(SECRET));
    description = JSON.readTree(get("/openapi.json").body());
  }

  @AfterAll
  void stop() throws IOException {
    service.close();
  }

  @Test
  void aRepositoryIsAnsweredWithVerdictChainAndBadge() throws Exception {
    HttpResponse<String> answer = post(QUANTIZED);

    JsonNode quantization = JSON.readTree(answer.body()).at("/quantizations/0");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(quantization.at("/verdict").textValue()).isEqualTo("VERIFIED");
    assertThat(quantization.at("/chain/0/kind").textValue()).isEqualTo("QUANTIZATION");
    assertThat(quantization.at("/shield/message").textValue())
        .isEqualTo("quantized from acme/base, verified");
    assertThat(quantization.at("/badge_svg").textValue()).isEqualTo(BADGE);
    assertThat(get(quantization.at("/badge_svg").textValue()).body())
        .contains("quantized from acme/base, verified");
  }

  @Test
  void aWebhookOfTheHubIsUnderstood() throws Exception {
    String payload =
        """
        {"event": {"action": "%s", "scope": "%s"},
         "repo": {"type": "%s", "name": "quants/base-GGUF", "id": "6366c000a2abcdf2fd69a080",
           "private": false, "url": {"web": "http://hub.example/quants/base-GGUF"},
           "headSha": "c379e821c9c95d613899e8c4343e4bfee2b0c600"},
         "updatedRefs": [{"ref": "refs/heads/main", "oldSha": null, "newSha": "c379e821"}],
         "webhook": {"id": "6390e855e30d9209411de93b", "version": 3}}
        """;

    HttpResponse<String> changed = post(payload.formatted("update", "repo.content", "model"));
    HttpResponse<String> discussed = post(payload.formatted("create", "discussion", "model"));
    HttpResponse<String> data = post(payload.formatted("update", "repo.content", "dataset"));

    assertThat(changed.body()).contains("\"verdict\":\"VERIFIED\"");
    assertThat(discussed.body()).contains("the event does not change the repository's files");
    assertThat(data.body()).contains("only repositories of models have verdicts");
    assertThat(discussed.statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "400 | `` | the body: is not a JSON object",
        "400 | {\"repository\": | the body: is not JSON",
        "400 | [] | the body: is not a JSON object",
        "400 | {} | the body: repository is missing",
        "400 | {\"repository\": 7} | the body: repository must be a string",
        "400 | {\"repository\": \"a/b\", \"repository\": \"a/b\"} | the body: is not JSON: Duplicate",
        "400 | {\"repository\": \"a/b\", \"path\": \"x\"} | does not belong there",
        "400 | {\"repository\": \"a/b\"} {} | the body: is not JSON",
        "400 | {\"repository\": \"a/b\", \"revision\": \"../x\"} | the revision must be",
        "400 | {\"event\": {}, \"repo\": {}} | the body: event.action is missing",
        "404 | {\"repository\": \"quants/none\"} | the hub has no such repository",
        "404 | {\"repository\": \"quants/base-GGUF\", \"revision\": \"abc\"} | revision",
      })
  void aBodyThatMakesNoSenseIsExplained(int status, String body, String detail) throws Exception {
    assertProblem(post(body), status, detail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        "../..",
        "a/..",
        "../a",
        "a/../../b",
        "/etc/passwd",
        "/",
        "a//b",
        "acme/base/",
        "a/b/c",
        "a\\\\b/c",
        "..\\\\..",
        "C:\\\\a/b",
        "a/.",
        "./a",
        ".git/a",
        "acme/.cache",
        "a/b\\u0000",
        "\\u0000/b",
        "a/b\\n",
        "a/b\\u202e",
        "a/b\\u200b",
        "a/\\ud800",
        "a/\\ufeffb",
        "models--acme--base/snapshots",
        "datasets--a/b",
        "acme",
        "",
        " ",
        "file:///etc/passwd",
        "%2e%2e/%2e%2e",
        "a/%00",
        "away/private",
        "acme/secret.txt",
        "acme/BASE",
        "a/\\u2025",
        "\\uff0e\\uff0e/a",
        "acme\\u2215base",
        "quants/base-GGUF\\u0301",
      })
  void aHostileNameLeadsNowhere(String name) throws Exception {
    HttpResponse<String> answer = post("{\"repository\": \"" + name + "\"}");

    assertThat(answer.statusCode()).as(answer.body()).isIn(400, 404);
    assertThat(answer.body()).doesNotContain(folder.toString(), "private");
  }

  @Test
  void aRepositoryThatIsALinkOutOfTheHubIsAnErrorThatSaysNoMore() throws Exception {
    HttpResponse<String> answer = post("{\"repository\": \"quants/away\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).at("/quantizations"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get("verdict").textValue()).isEqualTo("ERROR");
              assertThat(row.get("reason").textValue()).isEqualTo("IO_ERROR");
            });
    assertThat(answer.body()).doesNotContain(folder.toString(), "private", "m.gguf");
  }

  @Test
  void aFileThatIsNamedLikeTheHubsRootKeepsItsName() throws Exception {
    JsonNode row =
        JSON.readTree(post("{\"repository\": \"quants/named\"}").body()).at("/quantizations/0");

    assertThat(row.get("quantization").textValue()).isEqualTo("x" + small.hub() + "/m.gguf");
    assertThat(row.get("detail").textValue()).contains("x" + small.hub() + "/m.gguf");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/badge/../../etc/passwd.svg",
        "/v1/badge/%2e%2e/%2e%2e/etc/passwd.svg",
        "/v1/badge/..%2f..%2fetc/passwd/x.svg",
        "/v1/badge/a%5cb/c/d.svg",
        "/v1/badge/a/b%00/c.svg",
        "/v1/badge/a/b/%ff.svg",
        "/v1/badge/a/b/%zz.svg",
        "/v1/badge/a/b/%c0%ae%c0%ae.svg",
        "/v1/badge/a;x=1/b/c.svg",
        "/v1/badge//b/c.svg",
        "/v1/badge/./b/c.svg",
        "/v1/badge/quants/away/m.gguf.svg",
        "/v1/badge/away/private/m.gguf.svg",
        "/v1/badge/quants/base-GGUF/../away/m.gguf.svg",
        "/v1/badge/quants/base-GGUF/none.gguf.svg",
        "/v1/badge/quants/base-GGUF/.svg",
        "/v1/badge/quants/base-GGUF",
        "/v1/badge/quants/base-GGUF/base-Q4_0.gguf.svg?revision=..%2fx",
        "//etc/passwd",
        "/v1/verify/../badge/x",
        "/%76%31/verify",
        "/v1/verify/",
        "/",
        "*",
      })
  void aHostilePathLeadsNowhere(String path) throws Exception {
    String answer = raw("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

    assertThat(answer).containsPattern("^HTTP/1.1 40[04] ");
    assertThat(answer).contains("application/problem+json", "nosniff");
    assertThat(answer).doesNotContain(folder.toString(), "Exception", "\tat ", "Jetty");
  }

  @ParameterizedTest
  @CsvSource(
      value = {"wrong", "correct hors", "correct horse ", "Correct horse", "''"},
      ignoreLeadingAndTrailingWhitespace = false)
  void aWrongSecretIsRefusedBeforeTheBodyIsLookedAt(String secret) throws Exception {
    // A field's value has no spaces at its end: the client or the server takes them away.
    if (!secret.strip().equals(SECRET)) {
      assertProblem(
          send(posting("[").setHeader("X-Webhook-Secret", secret), VERIFY), 401, "the secret");
    }
    HttpRequest.Builder none = request(VERIFY).header("Content-Type", "application/json");
    HttpResponse<String> answer = send(none.POST(BodyPublishers.ofString(QUANTIZED)), VERIFY);
    assertProblem(answer, 401, "the secret");
    assertThat(answer.headers().firstValue("WWW-Authenticate")).isPresent();
    assertProblem(
        send(posting(QUANTIZED).header("X-Webhook-Secret", SECRET), VERIFY), 401, "the secret");
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain, ''",
    "application/xml, ''",
    "application/json; charset=utf-16, ''",
    "application/json, gzip",
  })
  void aBodyOfAnotherTypeIsRefused(String type, String encoding) throws Exception {
    HttpRequest.Builder post = posting(QUANTIZED).setHeader("Content-Type", type);
    assertProblem(
        send(encoding.isEmpty() ? post : post.header("Content-Encoding", encoding), VERIFY),
        415,
        "application/json");
  }

  @Test
  void aHugeBodyIsRefusedWithOrWithoutItsLength() throws Exception {
    byte[] huge = new byte[ServiceLimits.MAX_BODY + 1];
    Arrays.fill(huge, (byte) ' ');

    assertProblem(send(posting("").POST(BodyPublishers.ofByteArray(huge)), VERIFY), 413, "at most");
    assertThat(
            raw(
                head("Transfer-Encoding: chunked")
                    + Integer.toHexString(huge.length)
                    + "\r\n"
                    + new String(huge, ISO_8859_1)
                    + "\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ");
  }

  @Test
  void deepJsonIsRefused() throws Exception {
    assertProblem(post("{\"a\":".repeat(100_000)), 400, "the body: is not JSON");
  }

  @Test
  void whoeverSendsSlowlyIsNotWaitedFor() throws Exception {
    assertThat(raw(head("Content-Length: 100") + "{")).startsWith("HTTP/1.1 408 ");
    assertThat(raw("GET /healthz HTTP/1.1\r\nHost: ")).isEmpty();
    assertThat(raw("")).isEmpty();
  }

  @Test
  void aHeaderThatIsTooLargeIsRefused() throws Exception {
    String answer = raw("GET /healthz HTTP/1.1\r\nHost: h\r\nX: " + "x".repeat(9000) + "\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 431 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET",
        "GET /healthz",
        "GET /healthz HTTP/9.9",
        "GET /healthz HTTP/2.0",
        "PRI * HTTP/2.0",
        "GET * HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "GET healthz HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /%zz HTTP/1.1",
        "G\u0000T /healthz HTTP/1.1"
      })
  void aMalformedRequestLineIsTheCallersFault(String line) throws Exception {
    assertThat(raw(line + "\r\nHost: h\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/verify, POST",
    "PUT, /v1/verify, POST",
    "POST, /metrics, 'GET, HEAD'",
    "DELETE, /v1/badge/a/b/c.svg, 'GET, HEAD'",
    "TRACE, /healthz, 'GET, HEAD'",
  })
  void anotherMethodIsRefused(String method, String path, String allowed) throws Exception {
    String answer = raw(method + " " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 405 ").contains("Allow: " + allowed + "\r\n");
  }

  @Test
  void aRepositoryThatIsTooLargeWaitsForTheAudit() throws Exception {
    small.write("quants/large/large.bin", new byte[(1 << 20) + 1]);

    assertProblem(post("{\"repository\": \"quants/large\"}"), 422, "the next audit");
  }

  @Test
  void aBadgeCanDoNothingInABrowser() throws Exception {
    HttpResponse<String> badge = get(BADGE);

    assertThat(badge.headers().firstValue("Content-Type")).contains("image/svg+xml");
    assertThat(badge.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "sandbox");
    assertThat(badge.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    var parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    var document = parser.parse(new java.io.ByteArrayInputStream(badge.body().getBytes(UTF_8)));
    var names = new TreeSet<String>();
    var all = document.getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      names.add(all.item(i).getNodeName());
    }
    assertThat(names)
        .contains("svg", "title", "text")
        .doesNotContain("script", "style", "a", "image", "use", "foreignObject");
  }

  @Test
  void nothingElseThanTheVerdictIsSharedWithOtherOrigins() throws Exception {
    HttpResponse<String> answer =
        send(posting(QUANTIZED).header("Origin", "http://evil.example"), VERIFY);

    assertThat(answer.headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
  }

  @Test
  void healthIsOfTheHubAndThePolicy() throws Exception {
    assertThat(get("/healthz").body()).isEqualTo("{\"status\":\"ok\",\"failing\":[]}");
  }

  @Test
  void metricsAreThoseOfWhatHappened() throws Exception {
    post(QUANTIZED);
    post("{");

    String metrics = get("/metrics").body();

    assertThat(metrics.lines())
        .allMatch(
            line ->
                line.startsWith("# ")
                    || line.matches("[a-z_]+(\\{([a-z]+=\"[^\"]*\",?)+})? [0-9.E+-]+"));
    assertThat(
            value(metrics, "weighmaster_http_requests_total{route=\"/v1/verify\",status=\"200\"}"))
        .isPositive();
    assertThat(value(metrics, "weighmaster_refused_total{problem=\"bad-request\"}")).isPositive();
    assertThat(value(metrics, "weighmaster_verdicts_total{verdict=\"verified\"}")).isPositive();
    assertThat(value(metrics, "weighmaster_verdicts_total{verdict=\"broken\"}")).isZero();
    assertThat(value(metrics, "weighmaster_verifications_in_flight")).isZero();
    assertThat(metrics)
        .contains("weighmaster_http_request_seconds_bucket{route=\"/v1/verify\",le=\"0.2\"}");
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String detail)
      throws IOException {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    JsonNode problem = JSON.readTree(answer.body());
    assertThat(problem.get("status").intValue()).isEqualTo(status);
    assertThat(problem.get("detail").textValue()).contains(detail);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(service.address() + path));
  }

  private HttpRequest.Builder posting(String body) {
    return request(VERIFY)
        .header("Content-Type", "application/json")
        .header("X-Webhook-Secret", SECRET)
        .POST(BodyPublishers.ofString(body));
  }

  private HttpResponse<String> post(String body) throws Exception {
    return send(posting(body), VERIFY);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path), path);
  }

  /** Sends a request, and holds the answer against the service's own description. */
  private HttpResponse<String> send(HttpRequest.Builder request, String path) throws Exception {
    // The service closes a connection whose request it refused before the body was read.
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(request.build(), BodyHandlers.ofString());
    if (description != null) {
      assertDescribed(
          path.startsWith("/v1/badge/") ? "/v1/badge/{org}/{name}/{quantization}.svg" : path,
          answer);
    }
    return answer;
  }

  private void assertDescribed(String path, HttpResponse<String> answer) {
    JsonNode operations = description.get("paths").get(path);
    JsonNode responses = operations.iterator().next().get("responses");
    JsonNode described = responses.get(Integer.toString(answer.statusCode()));
    assertThat(described).as(path + " answers " + answer.statusCode()).isNotNull();
    String type = answer.headers().firstValue("Content-Type").orElseThrow().split(";", 2)[0];
    JsonNode content = described.get("content").get(type);
    assertThat(content).as(path + " answers " + type).isNotNull();
    if (type.endsWith("json")) {
      assertThat(errors(content.get("schema"), answer.body())).as(answer.body()).isEmpty();
    }
  }

  private Iterable<?> errors(JsonNode schema, String body) {
    var whole = JSON.createObjectNode();
    whole.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    whole.setAll((com.fasterxml.jackson.databind.node.ObjectNode) schema);
    whole.set("components", description.get("components"));
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(
            SchemaLocation.of("https://weighmaster.dev/openapi"),
            whole.toString(),
            InputFormat.JSON)
        .validate(body, InputFormat.JSON);
  }

  private static String head(String field) {
    return "POST /v1/verify HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        + "X-Webhook-Secret: "
        + SECRET
        + "\r\n"
        + field
        + "\r\n\r\n";
  }

  /** Sends these bytes and no more, and reads what comes until the service closes. */
  private String raw(String bytes) throws IOException {
    URI address = service.address();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
      socket.setSoTimeout(60_000);
      try {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
      } catch (IOException e) {
        // The service has answered before it had read all.
      }
      InputStream in = socket.getInputStream();
      var out = new java.io.ByteArrayOutputStream();
      try {
        in.transferTo(out);
      } catch (IOException e) {
        // So it has closed.
      }
      return out.toString(ISO_8859_1);
    }
  }
}
