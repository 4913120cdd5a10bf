package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StorageFailureTest {
  @ParameterizedTest
  @MethodSource
  void theReasonIsInWordsWhereTheMessageIsOnlyAPath(Exception failure, String reason) {
    assertThat(StorageFailure.reason(failure)).isEqualTo(reason);
  }

  static Stream<Arguments> theReasonIsInWordsWhereTheMessageIsOnlyAPath() {
    return Stream.of(
        Arguments.of(new NoSuchFileException("a"), "no such file or folder"),
        Arguments.of(new NotDirectoryException("a"), "it is not a folder"),
        Arguments.of(new AccessDeniedException("a"), "permission denied"),
        Arguments.of(new FileSystemException("a", null, "is a link"), "is a link"),
        Arguments.of(new FileSystemException("a"), "a"),
        Arguments.of(new IOException("No space left on device"), "No space left on device"),
        Arguments.of(new IOException(), "java.io.IOException"));
  }
}
