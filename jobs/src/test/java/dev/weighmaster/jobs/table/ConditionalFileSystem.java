package dev.weighmaster.jobs.table;

import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;
import static org.apache.hadoop.fs.Options.CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG;

import dev.weighmaster.digest.Sha256Hex;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIOException;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Local files with the manners of S3 behind Hadoop's S3A: a file appears as a whole when it is
 * closed, on the condition that none is there, or one of this etag; its times can't be set.
 */
public final class ConditionalFileSystem extends RawLocalFileSystem {
  static final String SCHEME = "conditional";

  /** For all instances, as a store is one for all of its clients. */
  private static final Object STORE = new Object();

  static void register(Configuration configuration) {
    configuration.set("fs." + SCHEME + ".impl", ConditionalFileSystem.class.getName());
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public boolean hasPathCapability(Path path, String capability) throws IOException {
    return capability.equals(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE)
        || capability.equals(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG)
        || super.hasPathCapability(path, capability);
  }

  @Override
  public void setTimes(Path path, long modified, long accessed) {}

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    synchronized (STORE) {
      FileStatus status = super.getFileStatus(path);
      return status.isFile() ? new Tagged(status, etag(path).orElseThrow()) : status;
    }
  }

  private Optional<String> etag(Path path) throws IOException {
    java.nio.file.Path file = pathToFile(path).toPath();
    synchronized (STORE) {
      return Files.isRegularFile(file)
          ? Optional.of(Sha256Hex.of(Files.readAllBytes(file)))
          : Optional.empty();
    }
  }

  @Override
  public FSDataOutputStreamBuilder<?, ?> createFile(Path path) {
    return new Conditional(this, path);
  }

  private void put(Path path, byte[] content, Configuration conditions) throws IOException {
    synchronized (STORE) {
      Optional<String> etag = etag(path);
      if (conditions.getBoolean(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, false)
          && etag.isPresent()) {
        throw new PathIOException(path.toString(), "412 Precondition Failed");
      }
      String expected = conditions.get(FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG);
      if (expected != null && etag.isEmpty()) {
        throw new FileNotFoundException(path + ": 404 Not Found");
      }
      if (expected != null && !etag.get().equals(expected)) {
        throw new PathIOException(path.toString(), "412 Precondition Failed");
      }
      java.nio.file.Path file = pathToFile(path).toPath();
      Files.createDirectories(file.getParent());
      java.nio.file.Path uploaded = Files.createTempFile(file.getParent(), ".", ".upload");
      Files.write(uploaded, content);
      Files.move(uploaded, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static final class Tagged extends FileStatus implements EtagSource {
    private static final long serialVersionUID = 1L;

    private final String etag;

    Tagged(FileStatus status, String etag) {
      super(
          status.getLen(),
          false,
          1,
          status.getLen(),
          status.getModificationTime(),
          status.getPath());
      this.etag = etag;
    }

    @Override
    public String getEtag() {
      return etag;
    }
  }

  private static final class Conditional
      extends FSDataOutputStreamBuilder<FSDataOutputStream, Conditional> {
    private final ConditionalFileSystem store;

    Conditional(ConditionalFileSystem store, Path path) {
      super(store, path);
      this.store = store;
    }

    @Override
    public Conditional getThisBuilder() {
      return this;
    }

    @Override
    public FSDataOutputStream build() throws IOException {
      ByteArrayOutputStream content =
          new ByteArrayOutputStream() {
            @Override
            public void close() throws IOException {
              store.put(getPath(), toByteArray(), getOptions());
            }
          };
      return new FSDataOutputStream(content, null);
    }
  }
}
