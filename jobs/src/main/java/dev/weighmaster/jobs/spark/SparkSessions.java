package dev.weighmaster.jobs.spark;

import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.io.PosixFileSystem;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/** Opens the Spark session of a job, on a cluster or inside this JVM. */
public final class SparkSessions {
  private SparkSessions() {}

  /**
   * Returns a session that the caller closes. What spark-submit or {@code -Dspark.*} sets comes
   * before the defaults here, and {@code master} before both; with neither, Spark runs in this JVM
   * on every core, keeps to the loopback interface and serves no pages.
   */
  public static SparkSession open(String applicationName, Optional<String> master) {
    SparkConf conf = new SparkConf().setIfMissing("spark.master", "local[*]");
    master.ifPresent(conf::setMaster);
    conf.setIfMissing("spark.app.name", applicationName);
    conf.set("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    conf.set("spark.kryo.registrator", RecordRegistrator.class.getName());
    conf.setIfMissing("spark.kryoserializer.buffer.max", "1g");
    HadoopSettings.missing(SparkHadoopUtil.get().newConfiguration(conf))
        .forEach((name, value) -> conf.set("spark.hadoop." + name, value));
    if (conf.get("spark.master").startsWith("local")) {
      conf.setIfMissing("spark.driver.host", "localhost");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      conf.setIfMissing("spark.ui.enabled", "false");
      if (PosixFileSystem.isSupported()) {
        conf.setIfMissing("spark.hadoop.fs.file.impl", PosixFileSystem.class.getName());
      }
      // What running tasks have read comes with the heartbeats, and a person is watching. Sooner,
      // and on a busy machine the first would find Spark not started yet, and log that at length.
      conf.setIfMissing("spark.executor.heartbeatInterval", "3s");
      // Nothing here saves a table, but Spark makes the folder: in the current one, unless told.
      conf.setIfMissing(
          "spark.sql.warehouse.dir",
          Path.of(System.getProperty("java.io.tmpdir")).toUri().toString());
    }
    return SparkSession.builder()
        .config(conf)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.datetime.java8API.enabled", "true")
        // Spark's default, INT96, is deprecated in Parquet, and other readers do not know it.
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate();
  }
}
