package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IdentityProvidersTest {
  private static final String BEARER = "a-bearer-token-of-the-job";

  /** Of the subject {@code repo:acme/models} and the issuer {@code https://token.example}. */
  private static final String TOKEN =
      "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJyZXBvOmFjbWUvbW9kZWxzIiwiaXNzIjoiaHR0cHM6Ly90b2tlbi5leGFtcGxlIn0.c2lnbmF0dXJlc2lnbmF0dXJl";

  private HttpServer http;
  private Map<String, String> job;

  @BeforeEach
  void aJobOfGithubActions() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/token",
        exchange -> {
          try (exchange) {
            boolean allowed =
                ("Bearer " + BEARER).equals(exchange.getRequestHeaders().getFirst("Authorization"))
                    && exchange.getRequestURI().getQuery().endsWith("&audience=sigstore");
            byte[] answer = ("{\"value\":\"" + TOKEN + "\"}").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(allowed ? 200 : 403, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    http.start();
    job =
        Map.of(
            "GITHUB_ACTIONS",
            "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            BEARER,
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "http://127.0.0.1:" + http.getAddress().getPort() + "/token?api-version=2.0");
  }

  @AfterEach
  void stop() {
    http.stop(0);
  }

  @Test
  void aJobThatMayAskForTokensHasAnIdentity() throws Exception {
    IdentityToken token = IdentityProviders.ambient(job).orElseThrow().token();

    assertThat(token.subject()).isEqualTo("repo:acme/models");
    assertThat(token.text()).isEqualTo(TOKEN);
  }

  @Test
  void withoutAJobThereIsNone() {
    assertThat(IdentityProviders.ambient(Map.of())).isEmpty();
  }

  @Test
  void aRefusalQuotesNeitherTheAnswerNorTheJobsToken() {
    var refused = new HashMap<>(job);
    refused.put("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "another-" + BEARER);
    IdentitySource source = IdentityProviders.ambient(refused).orElseThrow();

    assertThatThrownBy(source::token)
        .isInstanceOf(SigningException.class)
        .hasMessage("GitHub Actions gave no identity token")
        .hasNoCause();
  }

  @Test
  void anInstanceWithoutAnIdentityProviderHasNoOneToSignInAt() throws Exception {
    try (LocalServices services = LocalServices.start(LocalServices.Fault.NONE)) {
      var instance = SigstoreInstance.of(services.trustedRoot(), services.signingConfig(1));

      assertThatThrownBy(() -> IdentityProviders.browser(instance, address -> {}))
          .hasMessage("the signing configuration names no identity provider");
    }
  }
}
