package dev.weighmaster;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Files made by others, which lie beside the project and not in it. */
public final class Fixtures {
  private Fixtures() {}

  /** A fixture; the test is skipped where it is missing. */
  public static Path path(String name) {
    Path path = Path.of(System.getProperty("weighmaster.root"), "../shared/fixtures", name);
    Assumptions.assumeTrue(Files.exists(path), () -> "there is no " + path);
    return path;
  }
}
