package dev.weighmaster.weigh;

import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.imatrix.LegacyImatrixFile;
import dev.weighmaster.io.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An importance matrix of one tensor, in the legacy form. */
final class TestImatrix {
  private TestImatrix() {}

  static NamedImatrix write(Path hub, String tensor, float[] importance) throws IOException {
    Files.write(hub.resolve("imatrix.dat"), LegacyImatrixFile.of(tensor, importance));
    return new NamedImatrix("imatrix.dat", Imatrix.open(new LocalStorage(hub), "imatrix.dat"));
  }
}
