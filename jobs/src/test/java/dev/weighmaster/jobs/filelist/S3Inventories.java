package dev.weighmaster.jobs.filelist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.io.Storage.Entry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.QuoteMode;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/**
 * Writes S3 Inventories as S3 lays them out: {@code FOLDER/DATE/manifest.json}, and the rows in
 * {@code FOLDER/data}. A row is written when it is asked for, and not kept: the entries' paths are
 * the objects' keys.
 */
public final class S3Inventories {
  private static final String CSV_SCHEMA =
      "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass";

  private static final MessageType PARQUET_SCHEMA =
      Types.buildMessage()
          .required(BINARY)
          .as(stringType())
          .named("bucket")
          .required(BINARY)
          .as(stringType())
          .named("key")
          .optional(BINARY)
          .as(stringType())
          .named("version_id")
          .optional(BOOLEAN)
          .named("is_latest")
          .optional(BOOLEAN)
          .named("is_delete_marker")
          .optional(INT64)
          .named("size")
          .optional(INT64)
          .as(timestampType(true, TimeUnit.MILLIS))
          .named("last_modified_date")
          .optional(BINARY)
          .as(stringType())
          .named("e_tag")
          .named("s3.inventory");

  private S3Inventories() {}

  /**
   * Writes an inventory in CSV.
   *
   * @param rowsOfAFile before the next data file begins
   * @return its manifest
   */
  public static Path csv(Path folder, String bucket, Iterator<Entry> objects, int rowsOfAFile)
      throws IOException {
    List<Path> files = new ArrayList<>();
    do {
      Path file = data(folder, files.size() + ".csv.gz");
      files.add(file);
      try (OutputStream bytes = new BufferedOutputStream(Files.newOutputStream(file));
          CSVPrinter printer =
              CSVFormat.RFC4180
                  .builder()
                  .setQuoteMode(QuoteMode.ALL)
                  .setRecordSeparator("\n")
                  .get()
                  .print(new OutputStreamWriter(new GZIPOutputStream(bytes), UTF_8))) {
        for (int i = 0; i < rowsOfAFile && objects.hasNext(); i++) {
          Entry object = objects.next();
          printer.printRecord(
              bucket,
              URLEncoder.encode(object.path(), UTF_8).replace("%2F", "/"),
              object.size(),
              object.modified(),
              object.etag().orElse(""),
              "STANDARD");
        }
      }
    } while (objects.hasNext());
    return manifest(folder, bucket, "CSV", CSV_SCHEMA, files);
  }

  /**
   * Writes an inventory of all versions in Parquet, with an earlier version and a deleted object.
   */
  public static Path parquet(Path folder, String bucket, Iterator<Entry> objects)
      throws IOException {
    Path file = data(folder, "0.parquet");
    Files.deleteIfExists(file);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file)).withType(PARQUET_SCHEMA).build()) {
      String last = "";
      while (objects.hasNext()) {
        Entry object = objects.next();
        last = object.path();
        writer.write(
            version(bucket, last, true, false)
                .append("size", object.size())
                .append("last_modified_date", object.modified().toEpochMilli())
                .append("e_tag", object.etag().orElse("")));
      }
      writer.write(version(bucket, last, false, false).append("size", 1L));
      writer.write(version(bucket, last + ".deleted", true, true));
    }
    return manifest(folder, bucket, "Parquet", PARQUET_SCHEMA.toString(), List.of(file));
  }

  private static Group version(String bucket, String key, boolean latest, boolean deleted) {
    return new SimpleGroup(PARQUET_SCHEMA)
        .append("bucket", bucket)
        .append("key", key)
        .append("version_id", "v")
        .append("is_latest", latest)
        .append("is_delete_marker", deleted);
  }

  private static Path data(Path folder, String name) throws IOException {
    return Files.createDirectories(folder.resolve("data")).resolve(name);
  }

  /** Writes the manifest of data files that are there already. */
  static Path manifest(Path folder, String bucket, String format, String schema, List<Path> files)
      throws IOException {
    List<Map<String, Object>> listed = new ArrayList<>();
    for (Path file : files) {
      listed.add(
          Map.of(
              "key", "inventory/" + bucket + "/daily/data/" + file.getFileName(),
              "size", Files.size(file),
              "MD5checksum", md5(file)));
    }
    Path manifest = folder.resolve("2026-11-22T01-00Z/manifest.json");
    Files.createDirectories(manifest.getParent());
    new ObjectMapper()
        .writeValue(
            manifest.toFile(),
            Map.of(
                "sourceBucket", bucket,
                "destinationBucket", "arn:aws:s3:::reports",
                "version", "2016-11-30",
                "creationTimestamp", Long.toString(System.currentTimeMillis()),
                "fileFormat", format,
                "fileSchema", schema,
                "files", listed));
    return manifest;
  }

  private static String md5(Path file) throws IOException {
    try (OutputStream nowhere = OutputStream.nullOutputStream();
        DigestOutputStream digest =
            new DigestOutputStream(nowhere, MessageDigest.getInstance("MD5"))) {
      Files.copy(file, digest);
      return HexFormat.of().formatHex(digest.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
