package dev.weighmaster.sign;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ServiceCallTest {
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/stuck", this::sendOneByteAndNoMore);
    server.createContext("/long", ServiceCallTest::sendTwoMebibytes);
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
  }

  @Test
  void anAnswerThatStopsHalfwayIsNotWaitedForWithoutEnd() {
    assertThatThrownBy(call(at("/stuck"), Duration.ofMillis(1500)))
        .isInstanceOf(SigningException.class)
        .hasMessageMatching("the log at http://.*/stuck gave no whole answer in 1 s");
  }

  @Test
  void anAnswerThatIsTooLongIsRefused() {
    assertThatThrownBy(call(at("/long"), Duration.ofSeconds(20)))
        .isInstanceOf(SigningException.class)
        .hasMessageEndingWith("/long answered by more than 1048576 bytes");
  }

  @Test
  void anAddressThatIsNoneOfHttpIsExplained() {
    assertThatThrownBy(call(URI.create("ftp://log.example/"), Duration.ofSeconds(20)))
        .isInstanceOf(SigningException.class)
        .hasMessage("the log at ftp://log.example/ can't be asked: invalid URI scheme ftp");
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private static ThrowingCallable call(URI uri, Duration timeout) {
    return () -> ServiceCall.post("the log", uri, "a/b", "a/b", new byte[1], timeout);
  }

  private void sendOneByteAndNoMore(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, 2);
      exchange.getResponseBody().write('{');
      exchange.getResponseBody().flush();
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void sendTwoMebibytes(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream body = exchange.getResponseBody()) {
        body.write(new byte[2 << 20]);
      }
    }
  }
}
