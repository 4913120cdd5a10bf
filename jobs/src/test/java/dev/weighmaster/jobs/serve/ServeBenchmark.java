package dev.weighmaster.jobs.serve;

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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Times the service's answers for a small repository, by one client and by four at once.
 *
 * <p>The hub has one signed model and one quantization of it. The service is asked over the
 * loopback interface once, then 200 times unmeasured, then for verdicts by one client and by four
 * at once, and for the badge. Each verdict reads and hashes both repositories and verifies both
 * signatures; a badge only looks whether anything has changed. Clients and service share a process.
 */
public final class ServeBenchmark {
  private static final int CLIENTS = 4;

  private ServeBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param args a folder to write a hub into, and how many requests to send
   */
  public static void main(String[] args) throws Exception {
    int requests = Integer.parseInt(args[1]);
    SmallHub small = SmallHub.write(Path.of(args[0]));
    ServiceLimits limits =
        ServiceLimits.of(
            Runtime.getRuntime().availableProcessors(), Duration.ofSeconds(25), 1L << 34);
    CurrentPolicy policy = new CurrentPolicy(Optional.of(small.policy()));
    try (HubService service =
        new HubService(small.hub().toString(), policy, limits, "127.0.0.1", 0, Optional.empty())) {
      HttpRequest verify =
          HttpRequest.newBuilder(service.address().resolve("/v1/verify"))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{\"repository\": \"" + SmallHub.QUANTIZED + "\"}"))
              .build();
      URI badge = service.address().resolve("/v1/badge/quants/base-GGUF/base-Q4_0.gguf.svg");
      print("verify, first", time(verify, 1));
      time(verify, requests / 10);
      print("verify, one client", time(verify, requests));
      print("verify, " + CLIENTS + " clients", timeAtOnce(verify, requests));
      print("badge, one client", time(HttpRequest.newBuilder(badge).build(), requests));
    }
  }

  private static long[] timeAtOnce(HttpRequest request, int requests) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    List<Future<long[]>> times = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      times.add(clients.submit(() -> time(request, requests / CLIENTS)));
    }
    var all = new ArrayList<long[]>();
    for (Future<long[]> each : times) {
      all.add(each.get());
    }
    clients.shutdown();
    return all.stream().flatMapToLong(Arrays::stream).toArray();
  }

  private static long[] time(HttpRequest request, int requests) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    long[] nanos = new long[requests];
    for (int i = 0; i < requests; i++) {
      long started = System.nanoTime();
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      nanos[i] = System.nanoTime() - started;
      if (answer.statusCode() != 200 || !answer.body().contains("verified")) {
        throw new IllegalStateException(answer.statusCode() + " " + answer.body());
      }
    }
    return nanos;
  }

  private static void print(String what, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "%-20s %6d requests: median %7.2f ms, p95 %7.2f ms, p99 %7.2f ms%n",
        what,
        nanos.length,
        at(nanos, 0.5),
        at(nanos, 0.95),
        at(nanos, 0.99));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * share))] / 1e6;
  }
}
