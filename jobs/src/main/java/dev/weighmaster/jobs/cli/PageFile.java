package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.io.StorageFailure;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** The file that a page goes to: whoever opens it sees the old page or the new one whole. */
record PageFile(Path file) {

  /**
   * A file that can be written, before the work for it begins.
   *
   * @param option that names it, for messages
   * @param inputs real paths of files that it must not replace
   */
  static PageFile of(String option, Path file, Set<String> inputs) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw CommandFailure.error(option + " " + file + ": its folder does not exist");
    }
    if (Files.isDirectory(file)) {
      throw CommandFailure.error(option + " " + file + ": it is a folder");
    }
    if (!Files.isWritable(folder)) {
      throw CommandFailure.error(option + " " + file + ": its folder can't be written to");
    }
    if (Files.exists(file) && inputs.contains(file.toRealPath().toString())) {
      throw CommandFailure.error(option + " " + file + ": it would replace what is read");
    }
    return new PageFile(file);
  }

  /** Writes a page. */
  @FunctionalInterface
  interface Page {
    void write(Writer html) throws IOException;
  }

  void write(Page page) throws IOException {
    Path unfinished =
        file.resolveSibling("." + file.getFileName() + "." + ProcessHandle.current().pid());
    try {
      try (Writer html =
          Files.newBufferedWriter(
              unfinished, UTF_8, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        page.write(html);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IOException(file + " can't be written: " + StorageFailure.reason(e), e);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}
