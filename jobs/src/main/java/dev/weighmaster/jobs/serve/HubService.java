package dev.weighmaster.jobs.serve;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP service over one hub: started by its constructor, ended by {@link #close}. */
public final class HubService implements AutoCloseable {
  private static final Logger ACCESS = LoggerFactory.getLogger("dev.weighmaster.access");

  /** Beside the threads that wait for a verdict. */
  private static final int OTHER_THREADS = 16;

  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Storage hub;
  private final ServiceMetrics metrics = new ServiceMetrics();
  private final Verifications verifications;
  private final Server server;
  private final ServerConnector connector;

  /**
   * Starts the service.
   *
   * @param port 0 for any that is free
   * @param secret what webhooks must send along
   * @throws IOException if the hub can't be opened, or the address can't be listened on
   */
  public HubService(
      String hubUri,
      CurrentPolicy policy,
      ServiceLimits limits,
      String host,
      int port,
      Optional<String> secret)
      throws IOException {
    hub = new RootlessStorage(Storages.open(hubUri), roots(hubUri));
    verifications = new Verifications(hub, policy, limits, metrics);
    var threads = new QueuedThreadPool(limits.maxWaiting() + OTHER_THREADS);
    threads.setName("weighmaster-http");
    threads.setDaemon(true);
    server = new Server(threads);
    connector = connector(host, port);
    var arrivals = new Arrivals(connector, limits.arrival());
    connector.addBean(arrivals);
    server.addConnector(connector);
    server.addBean(new NetworkConnectionLimit(ServiceLimits.MAX_CONNECTIONS, connector));
    server.setErrorHandler(new Problems());
    server.setRequestLog(this::log);
    server.setStopTimeout(limits.timeout().plus(GRACE).toMillis());
    server.setHandler(
        new GracefulHandler(new ServiceHandler(verifications, metrics, secret, arrivals)));
    try {
      server.start();
    } catch (Exception e) {
      close();
      throw e instanceof IOException io ? io : new IOException(e);
    }
  }

  /** Where the service is. */
  public URI address() {
    String host = connector.getHost();
    return URI.create(
        "http://"
            + (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + connector.getLocalPort());
  }

  /** Waits until the service has been closed. */
  public void join() throws InterruptedException {
    server.join();
  }

  /** Takes no more requests, and waits for those that it has; as long as one may take. */
  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException("the service could not be stopped in order: " + e.getMessage(), e);
    } finally {
      verifications.close();
      hub.close();
    }
  }

  private ServerConnector connector(String host, int port) {
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(ServiceLimits.MAX_HEADER);
    // A name can have a percent sign; what else is encoded the handler decodes once, name by name,
    // and refuses by itself.
    http.setUriCompliance(
        UriCompliance.DEFAULT.with(
            "names", Violation.AMBIGUOUS_PATH_ENCODING, Violation.SUSPICIOUS_PATH_CHARACTERS));
    var made = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    made.setHost(host);
    made.setPort(port);
    made.setIdleTimeout(ServiceLimits.IDLE.toMillis());
    return made;
  }

  private static List<String> roots(String hubUri) throws IOException {
    if (!Storages.isLocal(hubUri)) {
      return List.of(hubUri);
    }
    Path path =
        hubUri.regionMatches(true, 0, "file:", 0, 5)
            ? Path.of(URI.create(hubUri))
            : Path.of(hubUri);
    return Stream.of(path.toRealPath(), path.toAbsolutePath().normalize())
        .filter(root -> root.getNameCount() > 0)
        .map(Path::toString)
        .distinct()
        .toList();
  }

  private void log(Request request, Response response) {
    String route = String.valueOf(request.getAttribute(ServiceHandler.ROUTE));
    long nanos = System.nanoTime() - request.getHeadersNanoTime();
    metrics.answered(route.equals("null") ? "none" : route, response.getStatus(), nanos / 1e9);
    ACCESS.info(
        "{} {} status={} ms={} bytes={} from={}",
        Quoted.line(request.getMethod()),
        Quoted.line(String.valueOf(request.getHttpURI().getPath())),
        response.getStatus(),
        nanos / 1_000_000,
        Response.getContentBytesWritten(response),
        Request.getRemoteAddr(request));
  }

  /** What the server refuses by itself, before anything of ours has seen it. */
  private final class Problems extends ErrorHandler {
    @Override
    public boolean errorPageForMethod(String method) {
      return true;
    }

    @Override
    protected void generateResponse(
        Request request,
        Response response,
        int status,
        String message,
        Throwable cause,
        Callback callback) {
      Answer.problem(refused(cause instanceof TimeoutException ? 408 : status))
          .write(response, callback);
    }

    private Refusal refused(int status) {
      Kind kind = Kind.of(status);
      metrics.refused(kind);
      return new Refusal(kind, "the server does not take this request");
    }
  }
}
