package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The {@code manifest.json} of an S3 Inventory: of which bucket it is, and in which files its rows
 * are.
 *
 * @param bucket whose objects are listed
 * @param destination the bucket that S3 wrote the inventory to
 * @param columns of a CSV file, in their order; a Parquet file names its own
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html">Amazon S3
 *     Inventory</a>
 */
public record S3Manifest(
    String bucket,
    String destination,
    Instant created,
    Format format,
    List<String> columns,
    List<DataFile> files) {
  private static final String VERSION = "2016-11-30";
  private static final Pattern MILLIS = Pattern.compile("\\d{1,15}");
  private static final Pattern MD5 = Pattern.compile("[0-9a-fA-F]{32}");

  public S3Manifest {
    columns = List.copyOf(columns);
    files = List.copyOf(files);
  }

  /** What the rows are written in. */
  public enum Format {
    /** Compressed by gzip. */
    CSV,
    PARQUET
  }

  /**
   * One file of rows.
   *
   * @param key in the destination's bucket
   * @param size in bytes
   * @param md5 of its bytes, lower-case hexadecimal
   */
  public record DataFile(String key, long size, String md5) {
    /** The last name of the key. */
    public String name() {
      return StoragePaths.lastName(key);
    }
  }

  /**
   * Parses a manifest.
   *
   * @throws MalformedJsonException if it isn't one, or of an inventory that can't be read
   */
  public static S3Manifest parse(byte[] json) throws MalformedJsonException {
    JsonFields fields = JsonFields.parse(json);
    if (!fields.string("version").equals(VERSION)) {
      throw fields.malformed("version", "is not " + VERSION + ", the one that is known");
    }
    Format format = format(fields);
    return new S3Manifest(
        bucket(fields, "sourceBucket"),
        bucket(fields, "destinationBucket"),
        created(fields),
        format,
        switch (format) {
          case CSV -> Arrays.asList(fields.string("fileSchema").strip().split("\\s*,\\s*", -1));
          case PARQUET -> List.of();
        },
        files(fields));
  }

  /** Milliseconds since 1970, written as text. */
  private static Instant created(JsonFields fields) throws MalformedJsonException {
    String millis = fields.string("creationTimestamp");
    if (!MILLIS.matcher(millis).matches()) {
      throw fields.malformed("creationTimestamp", "is not a number of milliseconds");
    }
    return Instant.ofEpochMilli(Long.parseLong(millis));
  }

  private static Format format(JsonFields fields) throws MalformedJsonException {
    String name = fields.string("fileFormat");
    return switch (name) {
      case "CSV" -> Format.CSV;
      case "Parquet" -> Format.PARQUET;
      default ->
          throw fields.malformed(
              "fileFormat",
              "is "
                  + Quoted.of(name)
                  + ", which is not read; configure the inventory to be CSV or Parquet");
    };
  }

  /** The name of a bucket, which the destination's ARN ends in. */
  private static String bucket(JsonFields fields, String name) throws MalformedJsonException {
    String text = fields.string(name);
    String bucket = text.substring(text.lastIndexOf(':') + 1);
    if (bucket.isEmpty() || bucket.contains("/")) {
      throw fields.malformed(name, "is not the name of a bucket");
    }
    return bucket;
  }

  private static List<DataFile> files(JsonFields fields) throws MalformedJsonException {
    List<DataFile> files = new ArrayList<>();
    for (JsonFields file : fields.objects("files")) {
      files.add(file(file));
    }
    if (files.isEmpty()) {
      throw fields.malformed("files", "names no file");
    }
    return files;
  }

  private static DataFile file(JsonFields fields) throws MalformedJsonException {
    String key = fields.string("key");
    for (String name : key.split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw fields.malformed("key", "is not the path of a file");
      }
    }
    long size =
        fields.optionalInteger("size").orElseThrow(() -> fields.malformed("size", "is missing"));
    String md5 = fields.string("MD5checksum");
    if (size < 0) {
      throw fields.malformed("size", "is negative");
    }
    if (!MD5.matcher(md5).matches()) {
      throw fields.malformed("MD5checksum", "must be 32 hexadecimal digits");
    }
    return new DataFile(key, size, md5.toLowerCase(Locale.ROOT));
  }
}
