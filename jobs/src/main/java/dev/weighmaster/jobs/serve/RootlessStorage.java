package dev.weighmaster.jobs.serve;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.ForwardingSource;
import dev.weighmaster.io.ForwardingStorage;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;

/**
 * A hub whose failures do not say where its root is, which is nobody's business. What lies in it
 * keeps its name, even if that reads like the root's path.
 */
final class RootlessStorage extends ForwardingStorage {
  private final List<String> roots;

  /**
   * @param roots how failures may name the hub's root
   */
  RootlessStorage(Storage hub, List<String> roots) {
    super(hub);
    this.roots = List.copyOf(roots);
  }

  @Override
  public List<Entry> list(String directory) throws IOException {
    return rootless(() -> super.list(directory));
  }

  @Override
  public void visitBelow(String directory, Visitor visitor) throws IOException {
    rootless(
        () -> {
          super.visitBelow(directory, visitor);
          return directory;
        });
  }

  @Override
  public Entry stat(String path) throws IOException {
    return rootless(() -> super.stat(path));
  }

  @Override
  public boolean isLink(String path) throws IOException {
    return rootless(() -> super.isLink(path));
  }

  @Override
  public String real(String path) throws IOException {
    return rootless(() -> super.real(path));
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    return new ForwardingSource(rootless(() -> super.open(file, offset, length))) {
      @Override
      public ByteBuffer next() throws IOException {
        return rootless(super::next);
      }
    };
  }

  @Override
  public Optional<String> sha256(Entry file) throws IOException {
    return rootless(() -> super.sha256(file));
  }

  private interface Call<T> {
    T now() throws IOException;
  }

  private <T> T rootless(Call<T> call) throws IOException {
    try {
      return call.now();
    } catch (FileSystemException e) {
      throw rootless(e);
    } catch (ChangedDuringReadException e) {
      // One of ours: it names the file as the hub does.
      throw e;
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      String hidden = withoutFirst(message);
      throw hidden.equals(message) ? e : new IOException(hidden, e);
    }
  }

  private FileSystemException rootless(FileSystemException e) {
    String file = within(e.getFile());
    String other = within(e.getOtherFile());
    if (e.getFile() == null || (file.equals(e.getFile()) && same(other, e.getOtherFile()))) {
      return e;
    }
    FileSystemException hidden =
        e instanceof NoSuchFileException
            ? new NoSuchFileException(file, other, e.getReason())
            : e instanceof AccessDeniedException
                ? new AccessDeniedException(file, other, e.getReason())
                : e instanceof NotDirectoryException
                    ? new NotDirectoryException(file)
                    : new FileSystemException(file, other, e.getReason());
    hidden.initCause(e);
    return hidden;
  }

  private static boolean same(String one, String other) {
    return one == null ? other == null : one.equals(other);
  }

  /** A path of the storage as one of the hub. */
  private String within(String path) {
    if (path == null) {
      return null;
    }
    for (String root : roots) {
      if (path.equals(root)) {
        return "the hub";
      }
      if (path.startsWith(root + "/")) {
        return path.substring(root.length() + 1);
      }
    }
    return path;
  }

  /** A storage names a file once; what follows is the file's own. */
  private String withoutFirst(String message) {
    for (String root : roots) {
      int at = message.indexOf(root);
      if (at >= 0) {
        String rest = message.substring(at + root.length());
        return message.substring(0, at)
            + (rest.startsWith("/") ? rest.substring(1) : "the hub" + rest);
      }
    }
    return message;
  }
}
