package dev.weighmaster.io;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * How Hadoop's file systems are set up for a hub: as the operator wrote, and where nobody wrote
 * anything as suits reading every byte of a bucket once.
 */
public final class HadoopSettings {
  private static final String PREFIX = "spark.hadoop.";

  /**
   * What Hadoop's own defaults, which are for queries, would do badly.
   *
   * <p>The default stream of S3A, "analytics", reads ahead on its own and keeps what it has read;
   * here the reader does the first, and nothing is read twice. Retries of the AWS SDK below those
   * of S3A below ours would multiply to hours; the SDK's are left out since they show in no
   * statistics. An object without an etag is compared by its size and time, as on other file
   * systems. Left to itself S3A looks for classes beside its own, where spark-submit does not put
   * ours.
   */
  private static final Map<String, String> DEFAULTS =
      new TreeMap<>(
          Map.of(
              "fs.s3a.audit.execution.interceptors", "dev.weighmaster.io.UrlEncodedListings",
              "fs.s3a.classloader.isolation", "false",
              "fs.s3a.input.stream.type", "classic",
              "fs.s3a.attempts.maximum", "0",
              "fs.s3a.retry.limit", "6",
              "fs.s3a.retry.interval", "100ms",
              "fs.s3a.retry.throttle.limit", "8",
              "fs.s3a.retry.throttle.interval", "100ms",
              "fs.s3a.change.detection.version.required", "false",
              "fs.s3a.connection.timeout", "60s"));

  private final Configuration configuration;

  /**
   * The configuration on the class path, and the system properties {@code spark.hadoop.*} before
   * it: what Spark takes from them, without Spark.
   */
  public HadoopSettings() {
    this(withSystemProperties(new Configuration()));
  }

  /** A configuration, and our defaults for what only Hadoop's own defaults say. */
  public HadoopSettings(Configuration given) {
    configuration = new Configuration(given);
    missing(given).forEach(configuration::set);
  }

  /** What to open a file system with. */
  public Configuration configuration() {
    return configuration;
  }

  /** Our defaults for what a configuration leaves to Hadoop's own. */
  public static Map<String, String> missing(Configuration given) {
    Map<String, String> missing = new TreeMap<>(DEFAULTS);
    missing.keySet().removeIf(name -> isSet(given, name));
    return missing;
  }

  private static boolean isSet(Configuration configuration, String name) {
    return configuration.get(name) != null
        && !Optional.ofNullable(configuration.getPropertySources(name))
            .map(sources -> Arrays.stream(sources).allMatch(each -> each.endsWith("-default.xml")))
            .orElse(false);
  }

  private static Configuration withSystemProperties(Configuration configuration) {
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith(PREFIX)) {
        configuration.set(name.substring(PREFIX.length()), System.getProperty(name));
      }
    }
    return configuration;
  }
}
