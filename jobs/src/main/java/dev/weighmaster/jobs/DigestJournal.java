package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * What a run has read, written down while it reads: a run that is killed leaves it to the next.
 *
 * <p>It is a folder below the table, one for each hub, with a file a batch: the digest of what
 * follows (32 bytes), that of the records' form (64 hexadecimal digits), and the records one after
 * the other as {@link RecordSerializer} writes them. A batch is there whole or not at all; one that
 * is damaged, or whose records are of another form, is passed over, and its files are read again.
 */
final class DigestJournal implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(DigestJournal.class);

  private static final String BATCH = ".digests";
  private static final int DIGEST_BYTES = 32;
  private static final byte[] FORM =
      Sha256Hex.of(RecordShape.describe(ScannedFile.class).getBytes(UTF_8)).getBytes(US_ASCII);

  /** A batch is never nearly as long. */
  private static final int MAX_BATCH_BYTES = 256 << 20;

  private final String hubFolder;
  private final String run;

  /**
   * @param unfinished the table's folder for journals
   * @param hub whose files are read
   */
  DigestJournal(String unfinished, String hub, String run) {
    this.hubFolder = unfinished + "/" + Sha256Hex.of(hub.getBytes(UTF_8)).substring(0, 16);
    this.run = run;
  }

  /** Makes some files' digests durable. */
  void write(List<ScannedFile> batch) throws IOException {
    Output records = new Output(1 << 16, MAX_BATCH_BYTES);
    records.writeBytes(FORM);
    batch.forEach(file -> RecordSerializer.writeRecord(records, file));
    byte[] bytes = records.toBytes();
    Path folder = new Path(hubFolder, run);
    String name = UUID.randomUUID().toString();
    Path unnamed = new Path(folder, "." + name);
    FileSystem storage = TaskStorage.of(folder);
    try (OutputStream out = storage.create(unnamed, false)) {
      out.write(Sha256Hex.newDigest().digest(bytes));
      out.write(bytes);
    }
    if (!storage.rename(unnamed, new Path(folder, name + BATCH))) {
      throw new IOException("can't write to the journal " + folder);
    }
  }

  /**
   * What interrupted runs know of each repository's files.
   *
   * @param since when it must have been read at the earliest
   */
  JavaPairRDD<RepositoryKey, KnownFile> knownFiles(JavaSparkContext spark, Instant since)
      throws IOException {
    return read(spark)
        .flatMapToPair(
            file ->
                KnownFile.of(file).stream()
                    .filter(known -> known.origin().at().isAfter(since))
                    .map(known -> new Tuple2<>(RepositoryKey.of(file.file()), known))
                    .iterator());
  }

  private JavaRDD<ScannedFile> read(JavaSparkContext spark) throws IOException {
    List<String> batches = new ArrayList<>();
    Path folder = new Path(hubFolder);
    FileSystem storage = folder.getFileSystem(spark.hadoopConfiguration());
    try {
      for (FileStatus left : storage.listStatus(folder)) {
        for (FileStatus batch : storage.listStatus(left.getPath())) {
          if (batch.getPath().getName().endsWith(BATCH)) {
            batches.add(batch.getPath().toString());
          }
        }
      }
    } catch (FileNotFoundException e) {
      // No run was interrupted.
      return spark.emptyRDD();
    }
    int tasks = Math.min(batches.size(), spark.defaultParallelism() * 4);
    return spark.parallelize(batches, Math.max(1, tasks)).flatMap(DigestJournal::read);
  }

  private static Iterator<ScannedFile> read(String batch) throws IOException {
    Path path = new Path(batch);
    FileSystem storage = TaskStorage.of(path);
    byte[] bytes;
    try (InputStream in = storage.open(path)) {
      bytes = in.readNBytes(MAX_BATCH_BYTES + DIGEST_BYTES);
    }
    int start = DIGEST_BYTES + FORM.length;
    if (bytes.length < start
        || !Arrays.equals(
            Sha256Hex.newDigest().digest(Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length)),
            Arrays.copyOf(bytes, DIGEST_BYTES))) {
      LOG.warn("{} is damaged: its files are read again", batch);
      return List.<ScannedFile>of().iterator();
    }
    if (!Arrays.equals(FORM, Arrays.copyOfRange(bytes, DIGEST_BYTES, start))) {
      LOG.warn("{} was written by another version: its files are read again", batch);
      return List.<ScannedFile>of().iterator();
    }
    List<ScannedFile> files = new ArrayList<>();
    try (Input records = new Input(bytes, start, bytes.length - start)) {
      while (!records.eof()) {
        files.add((ScannedFile) RecordSerializer.readRecord(records, ScannedFile.class));
      }
    } catch (KryoException e) {
      throw new IOException(batch + " can't be read", e);
    }
    return files.iterator();
  }

  /**
   * Forgets what was left, once a run is published that has all of it. Where that fails, the next
   * run finds it, and finds it to be no newer than the table.
   */
  void remove(JavaSparkContext spark) {
    Path folder = new Path(hubFolder);
    try {
      folder.getFileSystem(spark.hadoopConfiguration()).delete(folder, true);
    } catch (IOException | RuntimeException e) {
      LOG.warn("the journal {} is left there", folder, e);
    }
  }
}
