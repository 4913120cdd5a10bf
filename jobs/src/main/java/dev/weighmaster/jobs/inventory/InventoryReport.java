package dev.weighmaster.jobs.inventory;

import dev.weighmaster.hub.BucketFolder;
import dev.weighmaster.hub.CsvColumns;
import dev.weighmaster.hub.InventoryManifest;
import dev.weighmaster.hub.InventoryReportException;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * An S3 Inventory report.
 *
 * @param data where its data files are
 * @param hub where in the reported bucket the hub is
 */
public record InventoryReport(InventoryManifest manifest, DataFolder data, BucketFolder hub) {

  /**
   * Reads a manifest. In the bucket that S3 wrote the report to, the data files are at their keys.
   * Elsewhere the report is a copy: they are in the folder {@code data} beside the manifest's
   * folder, as S3 lays them out, or else beside the manifest.
   *
   * @param storage that holds the manifest, and its folder's neighbours
   * @param file where in the storage it is, see {@link ReportFile#inFolder}
   * @param uri of the manifest, as the user wrote it
   * @param hub as the user wrote it
   * @throws InventoryReportException if it is no manifest, or not one of the hub's bucket
   */
  public static InventoryReport read(Storage storage, ReportFile file, String uri, String hub)
      throws IOException {
    InventoryManifest manifest;
    try {
      manifest = InventoryManifest.parse(content(storage, file.path()));
    } catch (MalformedJsonException e) {
      throw new InventoryReportException("it is no manifest of an inventory: " + e.getMessage(), e);
    }
    if (manifest.format() == InventoryManifest.Format.CSV) {
      new CsvColumns(manifest.columns());
    }
    BucketFolder folder = BucketFolder.of(hub, manifest.bucket());
    Optional<String> bucket = ReportFile.rootOfBucket(uri, manifest.destination());
    if (bucket.isPresent()) {
      return new InventoryReport(manifest, new DataFolder(bucket.get(), List.of()), folder);
    }
    String beside = StoragePaths.folder(file.path());
    return new InventoryReport(
        manifest, new DataFolder(file.root(), List.of("data/", beside)), folder);
  }

  private static byte[] content(Storage storage, String path) throws IOException {
    try (SourceStream bytes = new SourceStream(storage, path)) {
      if (bytes.size() > JsonFields.MAX_BYTES) {
        throw new InventoryReportException("it has more than " + JsonFields.MAX_BYTES + " bytes");
      }
      return bytes.readAllBytes();
    }
  }
}
