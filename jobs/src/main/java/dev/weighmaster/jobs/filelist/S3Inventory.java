package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * An S3 Inventory of a bucket.
 *
 * @param data where its data files are
 * @param hub where in the listed bucket the hub is
 */
public record S3Inventory(S3Manifest manifest, DataFolder data, BucketFolder hub) {

  /**
   * Reads a manifest. In the bucket that S3 wrote the inventory to, the data files are at their
   * keys. Elsewhere the inventory is a copy: they are in the folder {@code data} beside the
   * manifest's folder, as S3 lays them out, or else beside the manifest.
   *
   * @param storage that holds the manifest, and its folder's neighbours
   * @param file where in the storage it is, see {@link ListFile#inFolder}
   * @param uri of the manifest, as the user wrote it
   * @param hub as the user wrote it
   * @throws FileListException if it is no manifest, or not one of the hub's bucket
   */
  public static S3Inventory read(Storage storage, ListFile file, String uri, String hub)
      throws IOException {
    S3Manifest manifest;
    try {
      manifest = S3Manifest.parse(content(storage, file.path()));
    } catch (MalformedJsonException e) {
      throw new FileListException("it is not an inventory manifest: " + e.getMessage(), e);
    }
    if (manifest.format() == S3Manifest.Format.CSV) {
      new CsvColumns(manifest.columns());
    }
    BucketFolder folder = BucketFolder.of(hub, manifest.bucket());
    Optional<String> bucket = ListFile.rootOfBucket(uri, manifest.destination());
    if (bucket.isPresent()) {
      return new S3Inventory(manifest, new DataFolder(bucket.get(), List.of()), folder);
    }
    String beside = StoragePaths.folder(file.path());
    return new S3Inventory(manifest, new DataFolder(file.root(), List.of("data/", beside)), folder);
  }

  private static byte[] content(Storage storage, String path) throws IOException {
    try (SourceStream bytes = new SourceStream(storage, path)) {
      if (bytes.size() > JsonFields.MAX_BYTES) {
        throw new FileListException("it has more than " + JsonFields.MAX_BYTES + " bytes");
      }
      return bytes.readAllBytes();
    }
  }
}
