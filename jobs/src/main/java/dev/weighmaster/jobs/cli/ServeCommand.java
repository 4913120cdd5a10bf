package dev.weighmaster.jobs.cli;

import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.jobs.serve.CurrentPolicy;
import dev.weighmaster.jobs.serve.HubService;
import dev.weighmaster.jobs.serve.ServiceLimits;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.trust.PolicyException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster serve}: verdicts over HTTP, for a hub's upload hook. */
@Command(
    name = "serve",
    description = {
      "Verifies repositories over HTTP: a hub calls it when one changes.",
      "POST /v1/verify takes {\"repository\": \"org/name\"} or a webhook of the Hugging Face Hub;"
          + " GET /openapi.json describes the rest. The secret that webhooks must send is read from"
          + " WEIGHMASTER_WEBHOOK_SECRET. The policy's files are read again for each verdict."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:the service was stopped, after answering all requests that it had accepted",
      "3:the service could not be started",
      "64:usage error, or an invalid policy"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster serve --hub /srv/hub --policy policy.yaml",
      "  weighmaster serve --hub /srv/hub --policy policy.yaml --port 8443 --workers 4"
    })
final class ServeCommand implements Callable<Integer> {
  private static final String SECRET = "WEIGHMASTER_WEBHOOK_SECRET";

  @Spec private CommandSpec spec;
  @Mixin private PolicyOption policy;

  @Option(
      names = "--hub",
      required = true,
      paramLabel = "URI",
      description = "The hub's root: a folder, or a URI of any Hadoop file system.")
  private String hub;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "The address to listen on (default: ${DEFAULT-VALUE}). An address that others can reach"
              + " requires the secret.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "The port to listen on, 0 for any (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many repositories are verified at a time (default: one per core).")
  private Optional<Integer> workers;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "25",
      description = "The time limit of one verification (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      defaultValue = "17179869184",
      description =
          "The maximum bytes that one verification reads, with sources (default: ${DEFAULT-VALUE}, 16"
              + " GiB). Anything larger waits for the audit.")
  private long maxBytes;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Optional<String> secret = Optional.ofNullable(System.getenv(SECRET)).filter(s -> !s.isEmpty());
    checkReachable(secret.isPresent());
    try (HubService service = start(secret)) {
      Thread stop = new Thread(() -> stop(service), "weighmaster-stop");
      Runtime.getRuntime().addShutdownHook(stop);
      out.println("serving " + PlainText.line(hub) + " at " + service.address());
      out.flush();
      service.join();
      // The process ends in the hook.
      stop.join();
      return 0;
    }
  }

  private HubService start(Optional<String> secret) throws IOException {
    ServiceLimits limits;
    CurrentPolicy trust;
    try {
      limits =
          ServiceLimits.of(
              workers.orElse(Runtime.getRuntime().availableProcessors()),
              Duration.ofSeconds(timeout),
              maxBytes);
      trust = new CurrentPolicy(policy.file());
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    } catch (PolicyException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
    try {
      return new HubService(hub, trust, limits, host, port, secret);
    } catch (IOException e) {
      throw CommandFailure.error(
          "the hub "
              + hub
              + " can't be served at "
              + host
              + ":"
              + port
              + ": "
              + StorageFailure.reason(e));
    }
  }

  private void checkReachable(boolean secret) {
    try {
      if (!secret && !InetAddress.getByName(host).isLoopbackAddress()) {
        throw CommandFailure.usage(
            "--host "
                + host
                + " can be reached by others: set the webhook secret in "
                + SECRET
                + ", or listen on 127.0.0.1",
            null);
      }
    } catch (UnknownHostException e) {
      throw CommandFailure.usage("--host: unknown address " + host, e);
    }
  }

  /**
   * A JVM that is told to stop would end with the signal's code, and the service has not failed.
   */
  private static void stop(HubService service) {
    int code = 0;
    try {
      service.close();
    } catch (IOException e) {
      System.err.println("weighmaster: " + PlainText.line(e.getMessage()));
      code = ExitCode.ERROR;
    }
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }
}
