package dev.weighmaster.jobs.serve;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.ForwardingStorage;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RootlessStorageTest {
  private static final String ROOT = "/srv/hub";
  private static final String OWN = "a/srv/hub/x";

  @TempDir private Path folder;

  static Stream<Arguments> failures() {
    String file = ROOT + "/" + OWN;
    return Stream.of(
        Arguments.of(new NoSuchFileException(file), OWN),
        Arguments.of(new AccessDeniedException(file, null, "no"), OWN + ": no"),
        Arguments.of(new NotDirectoryException(file), OWN),
        Arguments.of(new NotDirectoryException(ROOT), "the hub"),
        Arguments.of(new FileSystemException(file, file, "stale"), OWN + " -> " + OWN + ": stale"),
        Arguments.of(new FileSystemException(OWN, null, "not a file"), OWN + ": not a file"),
        Arguments.of(new FileNotFoundException("no " + file), "no " + OWN),
        Arguments.of(new IOException(ROOT + ": stale"), "the hub: stale"),
        Arguments.of(new ChangedDuringReadException(OWN + " changed"), OWN + " changed"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureNamesTheFileAsTheHubDoes(IOException failure, String said) throws IOException {
    try (Storage hub = new RootlessStorage(new FailingStorage(folder, failure), List.of(ROOT))) {
      assertThatThrownBy(() -> hub.list("")).hasMessage(said);
      assertThatThrownBy(() -> hub.stat("a"))
          .hasMessage(said)
          .isInstanceOf(
              failure instanceof FileSystemException ? failure.getClass() : IOException.class);
    }
  }

  private static final class FailingStorage extends ForwardingStorage {
    private final IOException failure;

    FailingStorage(Path folder, IOException failure) throws IOException {
      super(new LocalStorage(folder));
      this.failure = failure;
    }

    @Override
    public List<Entry> list(String directory) throws IOException {
      throw failure;
    }

    @Override
    public Entry stat(String path) throws IOException {
      throw failure;
    }
  }
}
