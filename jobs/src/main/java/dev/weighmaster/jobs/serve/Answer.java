package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.jobs.text.PlainText;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A response to a caller. */
record Answer(int status, String type, String body, Map<String, String> headers) {
  private static final String NOTHING_IS_LOADED = "default-src 'none'; frame-ancestors 'none'";

  static Answer json(int status, JsonNode body) {
    return new Answer(status, "application/json", PlainText.json(body.toString()), Map.of());
  }

  static Answer problem(Refusal refusal) {
    Kind kind = refusal.kind();
    return new Answer(
        kind.status(),
        "application/problem+json",
        PlainText.json(refusal.json().toString()),
        switch (kind) {
          case BUSY, UNAVAILABLE -> Map.of(HttpHeader.RETRY_AFTER.asString(), "5");
          // HTTP asks for a scheme; this one is named for the header that it takes.
          case WRONG_SECRET -> Map.of(HttpHeader.WWW_AUTHENTICATE.asString(), "X-Webhook-Secret");
          case BODY_TOO_SLOW, BODY_TOO_LARGE -> Map.of(HttpHeader.CONNECTION.asString(), "close");
          case BAD_REQUEST,
              NOT_FOUND,
              WRONG_METHOD,
              SEVERAL_REVISIONS,
              NOT_JSON,
              REPOSITORY_TOO_LARGE,
              HEADER_TOO_LARGE,
              INTERNAL,
              OUT_OF_TIME ->
              Map.of();
        });
  }

  Answer with(String header, String value) {
    var all = new HashMap<>(headers);
    all.put(header, value);
    return new Answer(status, type, body, all);
  }

  void write(Response response, Callback callback) {
    byte[] bytes = body.getBytes(UTF_8);
    response.setStatus(status);
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, type)
        .put(HttpHeader.CONTENT_LENGTH, bytes.length)
        .put(HttpHeader.CACHE_CONTROL, "no-store")
        .put("X-Content-Type-Options", "nosniff")
        .put("Content-Security-Policy", NOTHING_IS_LOADED);
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.write(true, ByteBuffer.wrap(bytes), callback);
  }
}
