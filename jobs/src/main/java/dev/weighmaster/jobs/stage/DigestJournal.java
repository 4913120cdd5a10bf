package dev.weighmaster.jobs.stage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.jobs.spark.RecordSerializer;
import dev.weighmaster.jobs.spark.RecordShape;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.spark.TaskStorage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
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
public final class DigestJournal implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(DigestJournal.class);

  private static final String BATCH = ".digests";
  private static final int DIGEST_BYTES = 32;
  private static final byte[] FORM =
      Sha256Hex.of(RecordShape.describe(ScannedFile.class).getBytes(UTF_8)).getBytes(US_ASCII);

  private final String hubFolder;
  private final String run;

  /**
   * @param unfinished the table's folder for journals
   * @param hub whose files are read
   */
  public DigestJournal(String unfinished, HubIdentity hub, String run) {
    this.hubFolder = unfinished + "/" + Sha256Hex.of(hub.text().getBytes(UTF_8)).substring(0, 16);
    this.run = run;
  }

  /** The part of the journal that a task of this run writes. */
  Part part(int task) {
    return new Part(new Path(new Path(hubFolder, run), "task-" + task));
  }

  /**
   * What one task of a run reads. One that is started again, since its executor was lost or its
   * results were, goes on with what it finds there. Not thread-safe.
   */
  static final class Part {
    private final Path folder;
    private Output records = empty();

    private Part(Path folder) {
      this.folder = folder;
    }

    private static Output empty() {
      Output records = new Output(1 << 10, -1);
      records.writeBytes(FORM);
      return records;
    }

    /** The files that the task has read before, by path. */
    Map<String, ScannedFile> left() throws IOException {
      Map<String, ScannedFile> left = new HashMap<>();
      for (String batch : batches(TaskStorage.of(folder), folder)) {
        read(batch).forEachRemaining(file -> left.put(file.file().path(), file));
      }
      return left;
    }

    /**
     * Adds a file to what is written next.
     *
     * @return how many bytes that is by now
     */
    long add(ScannedFile file) {
      RecordSerializer.writeRecord(records, file);
      return records.total();
    }

    /** Makes what was added durable. */
    void write() throws IOException {
      byte[] bytes = records.toBytes();
      if (bytes.length == FORM.length) {
        return;
      }
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
      records = empty();
    }
  }

  /**
   * What interrupted runs know of each repository's files.
   *
   * @param since when it must have been read at the earliest
   * @param published the newest run, which may have been killed before it could remove what it left
   */
  public JavaPairRDD<RepositoryKey, KnownFile> knownFiles(
      JavaSparkContext spark, Instant since, Optional<String> published) throws IOException {
    String inTheTable = published.orElse("");
    return read(spark)
        .flatMapToPair(
            file ->
                KnownFile.of(file).stream()
                    .filter(known -> known.origin().at().isAfter(since))
                    .filter(known -> !known.origin().run().equals(inTheTable))
                    .map(known -> new Tuple2<>(RepositoryKey.of(file.file()), known))
                    .iterator());
  }

  private JavaRDD<ScannedFile> read(JavaSparkContext spark) throws IOException {
    Path folder = new Path(hubFolder);
    List<String> batches = batches(folder.getFileSystem(spark.hadoopConfiguration()), folder);
    int tasks = Math.min(batches.size(), spark.defaultParallelism() * 4);
    return spark.parallelize(batches, Math.max(1, tasks)).flatMap(DigestJournal::read);
  }

  /** All below a folder, which is missing where nothing was interrupted. */
  private static List<String> batches(FileSystem storage, Path folder) throws IOException {
    List<String> batches = new ArrayList<>();
    if (storage instanceof LocalFileSystem) {
      addBatches(storage, folder, batches);
      return batches;
    }
    try {
      RemoteIterator<LocatedFileStatus> files = storage.listFiles(folder, true);
      while (files.hasNext()) {
        addBatch(files.next().getPath(), batches);
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    return batches;
  }

  /**
   * Folder by folder: all at once, Hadoop asks for each file's owner, and fails where a task of the
   * run that was killed still gives one its name.
   */
  private static void addBatches(FileSystem local, Path folder, List<String> batches)
      throws IOException {
    FileStatus[] inside;
    try {
      inside = local.listStatus(folder);
    } catch (FileNotFoundException e) {
      return;
    }
    for (FileStatus each : inside) {
      if (each.isDirectory()) {
        addBatches(local, each.getPath(), batches);
      } else {
        addBatch(each.getPath(), batches);
      }
    }
  }

  private static void addBatch(Path file, List<String> batches) {
    if (file.getName().endsWith(BATCH)) {
      batches.add(file.toString());
    }
  }

  private static Iterator<ScannedFile> read(String batch) throws IOException {
    Path path = new Path(batch);
    FileSystem storage = TaskStorage.of(path);
    byte[] bytes;
    try (InputStream in = storage.open(path)) {
      bytes = in.readAllBytes();
    } catch (ChecksumException e) {
      // Hadoop's own sums beside local files find it first.
      LOG.warn("{} is damaged: its files are read again", batch, e);
      return List.<ScannedFile>of().iterator();
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
   * run finds it, and passes it over as read by a run that is in the table, or before it.
   */
  public void remove(JavaSparkContext spark) {
    Path folder = new Path(hubFolder);
    try {
      folder.getFileSystem(spark.hadoopConfiguration()).delete(folder, true);
    } catch (IOException | RuntimeException e) {
      LOG.warn("the journal {} is left there", folder, e);
    }
  }
}
