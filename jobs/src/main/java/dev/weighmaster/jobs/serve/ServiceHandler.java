package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.badge.BadgeSvg;
import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedQuantization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers each request: what goes wrong on the way ends as a problem of RFC 9457. */
final class ServiceHandler extends Handler.Abstract {
  static final String BADGE = "/v1/badge/";
  static final String SECRET_HEADER = "X-Webhook-Secret";

  /** Where a request's route is kept for the log and the metrics. */
  static final String ROUTE = ServiceHandler.class.getName() + ".route";

  private static final Logger LOG = LoggerFactory.getLogger(ServiceHandler.class);
  private static final String SVG_STYLES = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

  private final Verifications verifications;
  private final ServiceMetrics metrics;
  private final Optional<byte[]> secret;
  private final Arrivals arrivals;
  private final String description;

  ServiceHandler(
      Verifications verifications,
      ServiceMetrics metrics,
      Optional<String> secret,
      Arrivals arrivals) {
    this.verifications = verifications;
    this.metrics = metrics;
    this.secret = secret.map(text -> text.getBytes(UTF_8));
    this.arrivals = arrivals;
    this.description = resource("openapi.json");
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    arrivals.arrived(request);
    Route route = Route.of(request.getHttpURI().getPath());
    request.setAttribute(ROUTE, route.label());
    try {
      check(route, request);
      switch (route) {
        case VERIFY -> verify(request, response, callback);
        case BADGE -> badge(request).write(response, callback);
        case HEALTH -> health().write(response, callback);
        case METRICS ->
            new Answer(200, ServiceMetrics.CONTENT_TYPE, metrics.text(), Map.of())
                .write(response, callback);
        case DESCRIPTION ->
            new Answer(200, "application/json", description, Map.of()).write(response, callback);
        case NONE -> throw new Refusal(Kind.NOT_FOUND, "unknown path");
      }
    } catch (Refusal e) {
      refuse(e, route, response, callback);
    } catch (RuntimeException e) {
      fail(e, route, response, callback);
    }
    return true;
  }

  private static void check(Route route, Request request) throws Refusal {
    String method = request.getMethod();
    if (route != Route.NONE && !route.methods().contains(method)) {
      throw new Refusal(
          Kind.WRONG_METHOD, "this path takes " + String.join(" and ", route.methods()));
    }
  }

  private void verify(Request request, Response response, Callback callback) throws Refusal {
    checkSecret(request);
    checkContent(request);
    // No thread waits for a body: it is read as it comes, and the rest goes on from there.
    var arrived = new CompletableFuture<byte[]>();
    Content.Source.asByteArrayAsync(
        request, ServiceLimits.MAX_BODY, Promise.Invocable.toPromise(arrived));
    var unused =
        arrived
            .orTimeout(arrivals.limit().toMillis(), TimeUnit.MILLISECONDS)
            .whenCompleteAsync(
                (body, failure) -> {
                  try {
                    if (failure != null) {
                      request.fail(failure);
                      throw unread(failure);
                    }
                    verify(body).write(response, callback);
                  } catch (Refusal e) {
                    refuse(e, Route.VERIFY, response, callback);
                  } catch (RuntimeException e) {
                    fail(e, Route.VERIFY, response, callback);
                  }
                },
                getServer().getThreadPool());
  }

  private Refusal unread(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return new Refusal(
          Kind.BODY_TOO_SLOW, "the body must arrive within " + arrivals.limit().toSeconds() + " s");
    }
    return failure instanceof IllegalStateException
        ? tooLarge()
        : new Refusal(Kind.BAD_REQUEST, "the body broke off");
  }

  private Answer verify(byte[] body) throws Refusal {
    VerifyRequest wanted = VerifyRequest.parse(body);
    if (wanted.skipped().isPresent()) {
      return Answer.json(
          200,
          JsonNodeFactory.instance
              .objectNode()
              .put("repository", wanted.repository().toString())
              .put("skipped", wanted.skipped().get()));
    }
    return Answer.json(200, VerdictAnswer.of(verifications.verify(wanted)));
  }

  private void checkSecret(Request request) throws Refusal {
    if (secret.isEmpty()) {
      return;
    }
    List<String> given = request.getHeaders().getValuesList(SECRET_HEADER);
    if (given.size() != 1 || !MessageDigest.isEqual(secret.get(), given.get(0).getBytes(UTF_8))) {
      throw new Refusal(Kind.WRONG_SECRET, "the header " + SECRET_HEADER + " must have the secret");
    }
  }

  private static void checkContent(Request request) throws Refusal {
    String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    String charset = type == null ? null : MimeTypes.getCharsetFromContentType(type);
    if (type == null
        || !"application/json".equalsIgnoreCase(type.split(";", 2)[0].strip())
        || (charset != null && !charset.equalsIgnoreCase("utf-8"))
        || request.getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      throw new Refusal(
          Kind.NOT_JSON, "the body must be application/json in UTF-8, not compressed");
    }
    if (request.getLength() > ServiceLimits.MAX_BODY) {
      throw tooLarge();
    }
  }

  private static Refusal tooLarge() {
    return new Refusal(
        Kind.BODY_TOO_LARGE, "a body may have " + ServiceLimits.MAX_BODY + " bytes at most");
  }

  private Answer badge(Request request) throws Refusal {
    String path = request.getHttpURI().getPath().substring(BADGE.length());
    String[] names = path.split("/", -1);
    if (names.length < 3 || !path.endsWith(".svg")) {
      throw new Refusal(
          Kind.NOT_FOUND, "a badge is at " + BADGE + "{org}/{name}/{quantization}.svg");
    }
    for (int i = 0; i < names.length; i++) {
      names[i] = decoded(names[i]);
    }
    String last = String.join("/", Arrays.asList(names).subList(2, names.length));
    String quantization = last.substring(0, last.length() - ".svg".length());
    RepositoryVerdict verdict =
        verifications.recent(
            VerifyRequest.of(RepositoryName.of(names[0], names[1]), revision(request)));
    JudgedQuantization judged =
        verdict.quantizations().stream()
            .filter(each -> each.evidence().quantization().name().equals(quantization))
            .findFirst()
            .orElseThrow(
                () -> new Refusal(Kind.NOT_FOUND, "the repository has no such quantization"));
    return new Answer(200, "image/svg+xml", BadgeSvg.of(VerdictAnswer.badge(judged)), Map.of())
        .with("Content-Security-Policy", SVG_STYLES)
        .with(HttpHeader.CACHE_CONTROL.asString(), "no-cache");
  }

  private static Optional<String> revision(Request request) throws Refusal {
    try {
      Fields query = Request.extractQueryParameters(request, UTF_8);
      return Optional.ofNullable(query.getValue("revision"));
    } catch (RuntimeException e) {
      throw new Refusal(Kind.BAD_REQUEST, "the query is malformed");
    }
  }

  /** One name of a path, whose escapes must be those of UTF-8. */
  private static String decoded(String name) throws Refusal {
    var bytes = ByteBuffer.allocate(name.length());
    try {
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        if (c == '%') {
          bytes.put((byte) Integer.parseInt(name, i + 1, i + 3, 16));
          i += 2;
        } else if (c > ' ' && c < 0x7F) {
          bytes.put((byte) c);
        } else {
          throw new NumberFormatException();
        }
      }
      return UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (NumberFormatException | IndexOutOfBoundsException | CharacterCodingException e) {
      throw new Refusal(Kind.BAD_REQUEST, "the path is not UTF-8 in percent encoding");
    }
  }

  private Answer health() {
    List<String> faults = verifications.faults();
    ObjectNode health =
        JsonNodeFactory.instance.objectNode().put("status", faults.isEmpty() ? "ok" : "failing");
    ArrayNode failing = health.putArray("failing");
    faults.forEach(failing::add);
    return Answer.json(faults.isEmpty() ? 200 : 503, health);
  }

  private void refuse(Refusal refusal, Route route, Response response, Callback callback) {
    metrics.refused(refusal.kind());
    Answer answer = Answer.problem(refusal);
    if (refusal.kind() == Kind.WRONG_METHOD) {
      answer = answer.with(HttpHeader.ALLOW.asString(), String.join(", ", route.methods()));
    }
    answer.write(response, callback);
  }

  private void fail(RuntimeException e, Route route, Response response, Callback callback) {
    LOG.error("a request to {} has failed", route.label(), e);
    refuse(
        new Refusal(Kind.INTERNAL, "the request has failed; the service's log says why"),
        route,
        response,
        callback);
  }

  private static String resource(String name) {
    try (InputStream in = ServiceHandler.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What there is to be asked for. */
  private enum Route {
    VERIFY("/v1/verify"),
    BADGE(ServiceHandler.BADGE),
    HEALTH("/healthz"),
    METRICS("/metrics"),
    DESCRIPTION("/openapi.json"),
    NONE("none");

    private static final List<String> READING =
        List.of(HttpMethod.GET.asString(), HttpMethod.HEAD.asString());

    private final String path;

    Route(String path) {
      this.path = path;
    }

    static Route of(String path) {
      return Arrays.stream(values())
          .filter(route -> route == BADGE ? path.startsWith(route.path) : path.equals(route.path))
          .findFirst()
          .orElse(NONE);
    }

    String label() {
      return path;
    }

    List<String> methods() {
      return this == VERIFY ? List.of(HttpMethod.POST.asString()) : READING;
    }
  }
}
