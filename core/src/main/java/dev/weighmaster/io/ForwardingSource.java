package dev.weighmaster.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A source that gives the bytes of another one; what is overridden is what differs. */
public abstract class ForwardingSource implements ByteSource {
  private final ByteSource bytes;

  protected ForwardingSource(ByteSource bytes) {
    this.bytes = bytes;
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public ByteBuffer next() throws IOException {
    return bytes.next();
  }

  @Override
  public long retries() {
    return bytes.retries();
  }

  @Override
  public boolean mapped() {
    return bytes.mapped();
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
