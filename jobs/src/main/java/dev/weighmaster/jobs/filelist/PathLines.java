package dev.weighmaster.jobs.filelist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.weighmaster.io.Storage;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The paths of a plain list, one a line: UTF-8, compressed by gzip or not. A line that is blank is
 * none; {@code ./} before a path, as {@code find} writes it, is not part of it.
 */
public final class PathLines extends ListRows<String> {
  private static final int MAX_LENGTH = 4096;

  private final Reader text;
  private final char[] buffer = new char[8 << 10];
  private int position;
  private int limit;

  private PathLines(String name, Reader text) {
    super(name);
    this.text = text;
  }

  /** Opens the list at a path of a storage. */
  public static PathLines open(Storage storage, String path) throws FileListException {
    String name = new ListFile(storage.root(), path).toString();
    try {
      InputStream bytes = decompressed(new SourceStream(storage, path));
      return new PathLines(name, new InputStreamReader(bytes, ISO_8859_1));
    } catch (IOException | RuntimeException e) {
      throw DataFiles.unreadable(name, e);
    }
  }

  private static InputStream decompressed(InputStream bytes) throws IOException {
    PushbackInputStream whole = new PushbackInputStream(bytes, 2);
    byte[] magic = whole.readNBytes(2);
    whole.unread(magic);
    return magic.length == 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b
        ? new GZIPInputStream(whole, 64 << 10)
        : whole;
  }

  @Override
  Optional<String> read() throws IOException {
    while (true) {
      startRow();
      Optional<String> line = line();
      if (line.isEmpty() || !line.get().isBlank()) {
        return line.isPresent() ? Optional.of(path(utf8(line.get()))) : line;
      }
    }
  }

  private static String path(String line) throws FileListException {
    String path = line.startsWith("./") ? line.substring(2) : line;
    if (path.startsWith("/")) {
      throw new FileListException(
          Quoted.of(path) + " is not relative to the hub's root, as org/name/file is");
    }
    return path;
  }

  private Optional<String> line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (position == limit && !fill()) {
        return line.length() == 0 ? Optional.empty() : Optional.of(line.toString());
      }
      int start = position;
      while (position < limit && buffer[position] != '\n') {
        position++;
      }
      line.append(buffer, start, position - start);
      if (line.length() > MAX_LENGTH) {
        throw new FileListException("is longer than " + MAX_LENGTH + " bytes");
      }
      if (position < limit) {
        position++;
        if (line.length() > 0 && line.charAt(line.length() - 1) == '\r') {
          line.setLength(line.length() - 1);
        }
        return Optional.of(line.toString());
      }
    }
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, text.read(buffer, 0, buffer.length));
    return limit > 0;
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
