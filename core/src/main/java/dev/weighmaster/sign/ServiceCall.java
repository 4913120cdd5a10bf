package dev.weighmaster.sign;

import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

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
   * @return the body of an answer of success
   */
  static byte[] post(String service, URI uri, String type, String accepted, byte[] request)
      throws SigningException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    try {
      HttpResponse<InputStream> response =
          client.send(
              HttpRequest.newBuilder(uri)
                  .timeout(TIMEOUT)
                  .header("Content-Type", type)
                  .header("Accept", accepted)
                  .POST(BodyPublishers.ofByteArray(request))
                  .build(),
              BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        byte[] answer = body.readNBytes(MAX_BYTES);
        if (response.statusCode() / 100 != 2) {
          throw new SigningException(
              service
                  + " at "
                  + uri
                  + " refused with status "
                  + response.statusCode()
                  + ": "
                  + Quoted.line(new String(answer, StandardCharsets.UTF_8).strip()));
        }
        return answer;
      }
    } catch (IOException e) {
      throw new SigningException(
          service + " at " + uri + " can't be reached: " + Quoted.line(String.valueOf(e)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SigningException("interrupted while waiting for " + service + " at " + uri);
    }
  }
}
