package dev.weighmaster.sign;

import dev.weighmaster.verdict.Quoted;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a log or a timestamp authority, over HTTP. */
final class ServiceCall {
  /** Far more than an entry or a timestamp takes. */
  private static final int MAX_BYTES = 1 << 20;

  /** A log of Rekor v2 answers once it has published its next checkpoint. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private ServiceCall() {}

  /**
   * Posts a request.
   *
   * @param service what to call the service in a message
   * @return the body of an answer of success, at most 1 MiB
   */
  static byte[] post(String service, URI uri, String type, String accepted, byte[] request)
      throws SigningException {
    return post(service, uri, type, accepted, request, TIMEOUT);
  }

  /**
   * Posts a request.
   *
   * @param timeout until the whole answer is there
   */
  static byte[] post(
      String service, URI uri, String type, String accepted, byte[] request, Duration timeout)
      throws SigningException {
    String at = service + " at " + uri;
    var answer = new ByteArrayOutputStream();
    CompletableFuture<HttpResponse<Void>> call;
    try {
      call =
          HttpClient.newHttpClient()
              .sendAsync(
                  HttpRequest.newBuilder(uri)
                      .header("Content-Type", type)
                      .header("Accept", accepted)
                      .POST(BodyPublishers.ofByteArray(request))
                      .build(),
                  BodyHandlers.ofByteArrayConsumer(
                      part -> part.ifPresent(bytes -> keep(answer, bytes))));
    } catch (IllegalArgumentException e) {
      throw new SigningException(at + " can't be asked: " + Quoted.line(e.getMessage()));
    }
    try {
      int status = call.get(timeout.toMillis(), TimeUnit.MILLISECONDS).statusCode();
      if (answer.size() > MAX_BYTES) {
        throw new SigningException(at + " answered by more than " + MAX_BYTES + " bytes");
      }
      if (status / 100 != 2) {
        throw new SigningException(
            at
                + " refused with status "
                + status
                + ": "
                + Quoted.line(answer.toString(StandardCharsets.UTF_8).strip()));
      }
      return answer.toByteArray();
    } catch (ExecutionException e) {
      throw new SigningException(
          at + " can't be reached: " + Quoted.line(String.valueOf(e.getCause())));
    } catch (TimeoutException e) {
      throw new SigningException(at + " gave no whole answer in " + timeout.toSeconds() + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SigningException("interrupted while waiting for " + at);
    } finally {
      call.cancel(true);
    }
  }

  /** Once there is too much, the rest is let go by. */
  private static void keep(ByteArrayOutputStream answer, byte[] part) {
    if (answer.size() <= MAX_BYTES) {
      answer.writeBytes(part);
    }
  }
}
