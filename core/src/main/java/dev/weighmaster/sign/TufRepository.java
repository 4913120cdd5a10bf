package dev.weighmaster.sign;

import dev.sigstore.http.URIFormat;
import dev.sigstore.json.JsonParseException;
import dev.sigstore.tuf.FileSystemTufStore;
import dev.sigstore.tuf.HttpFetcher;
import dev.sigstore.tuf.MetaFetcher;
import dev.sigstore.tuf.PassthroughCacheMetaStore;
import dev.sigstore.tuf.RootProvider;
import dev.sigstore.tuf.SigstoreTufClient;
import dev.sigstore.tuf.TrustedMetaStore;
import dev.sigstore.tuf.Updater;
import dev.sigstore.tuf.model.RootRole;
import dev.sigstore.tuf.model.Timestamp;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZonedDateTime;

/**
 * A TUF repository from which a Sigstore instance publishes its trusted root and its services, by
 * sigstore-java's client. Not thread-safe.
 *
 * <p>What was seen last is kept in a folder: from that the client knows a repository that goes back
 * to older metadata. Without it, everything starts from the root that the repository is made with.
 */
public final class TufRepository {
  /** The target that lists an instance's authorities and logs. */
  public static final String TRUSTED_ROOT = "trusted_root.json";

  /** The target that lists the services to sign by. */
  public static final String SIGNING_CONFIG = "signing_config.v0.2.json";

  private static final URI PUBLIC_GOOD = URI.create("https://tuf-repo-cdn.sigstore.dev/");
  private static final URI STAGING = URI.create("https://tuf-repo-cdn.sigstage.dev/");

  private final URI mirror;
  private final RootProvider root;
  private final Path cache;

  private TufRepository(URI mirror, RootProvider root, Path cache) {
    this.mirror = mirror;
    this.root = root;
    this.cache = cache;
  }

  /** The public-good instance's, from the root that comes with sigstore-java. */
  public static TufRepository publicGood() {
    return new TufRepository(
        PUBLIC_GOOD,
        RootProvider.fromResource(SigstoreTufClient.PUBLIC_GOOD_ROOT_RESOURCE),
        home().resolve("root"));
  }

  /** The staging instance's, from the root that comes with sigstore-java. */
  public static TufRepository staging() {
    return new TufRepository(
        STAGING,
        RootProvider.fromResource(SigstoreTufClient.STAGING_ROOT_RESOURCE),
        home().resolve("staging").resolve("root"));
  }

  /**
   * A private instance's.
   *
   * @param root a {@code root.json} of any version that the repository has had, by which all newer
   *     ones are checked
   * @param cache where the metadata is kept between runs; made if it is missing
   */
  public static TufRepository mirror(URI mirror, Path root, Path cache) {
    return new TufRepository(mirror, RootProvider.fromFile(root), cache);
  }

  /** Where sigstore-java's own client keeps the metadata of instances. */
  public static Path home() {
    return Path.of(System.getProperty("user.home")).resolve(".sigstore-java");
  }

  /** The repository's address. */
  public URI mirror() {
    return mirror;
  }

  /**
   * Updates the metadata and gives a target.
   *
   * @throws IOException if the repository can't be reached, or if what it gives does not hold; the
   *     message says which
   */
  public byte[] target(String name) throws IOException {
    try {
      FileSystemTufStore store =
          FileSystemTufStore.newFileSystemStore(Files.createDirectories(cache));
      Updater updater =
          Updater.builder()
              .setTrustedRootPath(root)
              .setTrustedMetaStore(
                  TrustedMetaStore.newTrustedMetaStore(
                      PassthroughCacheMetaStore.newPassthroughMetaCache(store)))
              .setTargetStore(store)
              .setMetaFetcher(MetaFetcher.newFetcher(HttpFetcher.newFetcher(mirror)))
              .setTargetFetcher(HttpFetcher.newFetcher(URIFormat.appendPath(mirror, "targets")))
              .build();
      updater.updateMeta();
      mustBeFresh(store);
      updater.downloadTarget(name);
      return store.readTarget(name);
    } catch (UnknownHostException | SocketException | InterruptedIOException e) {
      throw failure("can't be reached", e);
    } catch (IOException | JsonParseException | RuntimeException e) {
      throw failure("gave no " + name + " that holds", e);
    }
  }

  private IOException failure(String what, Exception cause) {
    String why = cause.getClass().getSimpleName() + ": " + StorageFailure.reason(cause);
    return new IOException(
        "the TUF repository " + mirror + " " + what + ": " + Quoted.line(why), cause);
  }

  /** sigstore-java lets a mirror go on with a timestamp that it has seen, for ever. */
  private static void mustBeFresh(FileSystemTufStore store) throws IOException, JsonParseException {
    ZonedDateTime expires =
        store
            .readMeta(RootRole.TIMESTAMP, Timestamp.class)
            .orElseThrow(() -> new IOException("there is no timestamp"))
            .getSignedMeta()
            .getExpiresAsDate();
    if (expires.toInstant().isBefore(Instant.now())) {
      throw new IOException("its newest metadata expired at " + expires.toInstant());
    }
  }
}
