package dev.weighmaster.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.AWSBadRequestException;
import org.apache.hadoop.fs.s3a.AWSRedirectException;
import org.apache.hadoop.fs.s3a.Constants;
import org.apache.hadoop.fs.s3a.RemoteFileChangedException;
import org.apache.hadoop.fs.s3a.S3AFileStatus;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.apache.hadoop.fs.s3a.UnknownStoreException;
import org.apache.hadoop.fs.s3a.impl.StoreContext;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * What S3A knows of objects beyond Hadoop's common interface: the only class that needs {@code
 * hadoop-aws}. Thread-safe.
 */
final class S3Objects {
  static final String SCHEME = "s3a";

  private static final Set<String> HOLDING_MODES =
      Set.of(Constants.CHANGE_DETECT_MODE_SERVER, Constants.CHANGE_DETECT_MODE_CLIENT);
  private static final int SHA256_BYTES = 32;

  private final S3AFileSystem fileSystem;
  private final boolean holdsVersions;

  private S3Objects(S3AFileSystem fileSystem) {
    this.fileSystem = fileSystem;
    String source = option(Constants.CHANGE_DETECT_SOURCE, Constants.CHANGE_DETECT_SOURCE_DEFAULT);
    String mode = option(Constants.CHANGE_DETECT_MODE, Constants.CHANGE_DETECT_MODE_DEFAULT);
    this.holdsVersions =
        source.equals(Constants.CHANGE_DETECT_SOURCE_ETAG) && HOLDING_MODES.contains(mode);
  }

  private String option(String name, String otherwise) {
    return fileSystem.getConf().getTrimmed(name, otherwise).toLowerCase(Locale.ROOT);
  }

  /** Those of a file system, if it is S3A. */
  static Optional<S3Objects> of(FileSystem fileSystem) {
    return fileSystem instanceof S3AFileSystem s3a
        ? Optional.of(new S3Objects(s3a))
        : Optional.empty();
  }

  /** Whether S3A has the store compare the etag with every request. */
  boolean holdsVersions() {
    return holdsVersions;
  }

  /**
   * What S3A takes for the object's status, made of what was listed. It says that the object is one
   * byte longer: a read at the listed end then goes to the store, which says whether that is the
   * end.
   *
   * @param etag as the store writes it
   */
  FileStatus status(Path path, Storage.Entry entry, String etag) {
    return new S3AFileStatus(
        entry.size() + 1,
        entry.modified().toEpochMilli(),
        path,
        fileSystem.getDefaultBlockSize(path),
        fileSystem.getUsername(),
        etag,
        null);
  }

  /** Whether the store or S3A says that the object is another by now. */
  boolean saysChanged(IOException failure) {
    return failure instanceof RemoteFileChangedException;
  }

  /** Whether another try would end in the same. */
  boolean isFinal(IOException failure) {
    return failure instanceof AWSBadRequestException
        || failure instanceof AWSRedirectException
        || failure instanceof UnknownStoreException;
  }

  /**
   * The SHA-256 of a whole object that the store keeps beside it; otherwise the one that whoever
   * uploaded it wrote into its metadata, as {@code sha256}.
   *
   * @param etag of the version that is meant, as the store writes it
   */
  Optional<String> sha256(Path path, String etag) throws IOException {
    StoreContext store = fileSystem.createStoreContext();
    S3Client client = fileSystem.getS3AInternals().getAmazonS3Client("checksum");
    HeadObjectRequest request =
        store
            .getRequestFactory()
            .newHeadObjectRequestBuilder(store.pathToKey(path))
            .checksumMode(ChecksumMode.ENABLED)
            .ifMatch(etag)
            .build();
    try {
      HeadObjectResponse head =
          store.getInvoker().retry("HEAD", path.toString(), true, () -> client.headObject(request));
      return ofWholeObject(head).or(() -> declared(head));
    } catch (RemoteFileChangedException | FileNotFoundException e) {
      throw new ChangedDuringReadException(path + " has changed since it was listed");
    }
  }

  private static Optional<String> ofWholeObject(HeadObjectResponse head) {
    if (head.checksumType() != ChecksumType.FULL_OBJECT || head.checksumSHA256() == null) {
      return Optional.empty();
    }
    try {
      byte[] digest = Base64.getDecoder().decode(head.checksumSHA256());
      return digest.length == SHA256_BYTES
          ? Optional.of(HexFormat.of().formatHex(digest))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> declared(HeadObjectResponse head) {
    return Optional.ofNullable(head.metadata().get("sha256"))
        .map(digest -> digest.toLowerCase(Locale.ROOT))
        .filter(digest -> digest.matches("[0-9a-f]{64}"));
  }
}
