package dev.weighmaster.digest;

import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A hub in memory, handed out in chunks of a few bytes. */
public record MemoryStorage(Map<String, byte[]> files, int chunk) implements Storage {

  /** One file of a repository that is the whole hub. */
  static HubFile file(String name, byte[] content) {
    return new HubFile(
        "acme/m",
        "",
        name,
        name,
        content.length,
        FileKind.of(name),
        Optional.empty(),
        Instant.EPOCH,
        Optional.empty(),
        false);
  }

  @Override
  public String root() {
    return "memory";
  }

  @Override
  public List<Entry> list(String directory) {
    return List.of();
  }

  @Override
  public Entry stat(String path) throws IOException {
    throw new NoSuchFileException(path);
  }

  @Override
  public ByteSource open(Entry file) throws IOException {
    byte[] content = files.get(file.path());
    if (content == null) {
      throw new NoSuchFileException(file.path());
    }
    return source(content, file.size(), chunk);
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    byte[] content = files.get(file.path());
    if (content == null) {
      throw new NoSuchFileException(file.path());
    }
    int from = (int) offset;
    return source(Arrays.copyOfRange(content, from, from + (int) length), length, chunk);
  }

  static ByteSource source(byte[] content, long size, int chunk) {
    return new ByteSource() {
      private int position;

      @Override
      public long size() {
        return size;
      }

      @Override
      public ByteBuffer next() {
        int length = Math.min(chunk, content.length - position);
        position += length;
        return ByteBuffer.wrap(content, position - length, length);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}
}
