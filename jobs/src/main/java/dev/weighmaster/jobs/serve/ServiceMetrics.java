package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.verdict.Verdict;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/** The service's counters for Prometheus. No label is a caller's text. Thread-safe. */
final class ServiceMetrics {
  static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("weighmaster_http_requests_total")
          .help("Answered requests.")
          .labelNames("route", "status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("weighmaster_http_request_seconds")
          .help("Time from a request's first byte to the end of its answer.")
          .labelNames("route")
          .classicOnly()
          .classicUpperBounds(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30, 60)
          .register(registry);
  private final Counter refused =
      Counter.builder()
          .name("weighmaster_refused_total")
          .help("Requests that ended without an answer to what was asked.")
          .labelNames("problem")
          .register(registry);
  private final Counter verdicts =
      Counter.builder()
          .name("weighmaster_verdicts_total")
          .help("Verdicts on quantizations.")
          .labelNames("verdict")
          .register(registry);
  private final Counter bytes =
      Counter.builder()
          .name("weighmaster_read_bytes_total")
          .help("Bytes of files that were verified.")
          .register(registry);
  private final Gauge running =
      Gauge.builder()
          .name("weighmaster_verifications_in_flight")
          .help("Repositories that are being verified or wait for it.")
          .register(registry);

  ServiceMetrics() {
    for (Verdict verdict : Verdict.values()) {
      verdicts.initLabelValues(label(verdict));
    }
    for (Refusal.Kind kind : Refusal.Kind.values()) {
      refused.initLabelValues(kind.label());
    }
  }

  void answered(String route, int status, double elapsedSeconds) {
    requests.labelValues(route, Integer.toString(status)).inc();
    seconds.labelValues(route).observe(elapsedSeconds);
  }

  void refused(Refusal.Kind kind) {
    refused.labelValues(kind.label()).inc();
  }

  void started() {
    running.inc();
  }

  void ended() {
    running.dec();
  }

  void judged(RepositoryVerdict verdict, long bytesRead) {
    verdict
        .quantizations()
        .forEach(each -> verdicts.labelValues(label(each.judgement().verdict())).inc());
    bytes.inc(bytesRead);
  }

  String text() {
    var out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(UTF_8);
  }

  private static String label(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }
}
