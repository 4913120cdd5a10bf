package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.StatementSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Where the summary of a quantization is written. Its names are whatever an uploader wrote. */
final class SummaryFile {
  /** What the name of a verification summary ends with. */
  static final String SUFFIX = ".vsa.sigstore.json";

  /** Of a name of a file system, less than the usual 255 by what is put around it. */
  private static final int MAX_NAME = 180;

  private SummaryFile() {}

  /**
   * {@code org/name/FILE.vsa.sigstore.json}, with {@code @revision} before the file where there is
   * one; always below the folder, and no two of a run at the same place.
   */
  static Path in(Path folder, String repository, String revision, String quantization) {
    Path file = below(folder, repository);
    if (!revision.isEmpty()) {
      // No name that is escaped has an @.
      file = file.resolve("@" + escaped(revision));
    }
    file = below(file, quantization);
    return file.resolveSibling(file.getFileName() + SUFFIX);
  }

  /** Signs the summary of a row, verifies it, and writes it to its place. */
  static Sidecar write(Path folder, AuditRow row, StatementSigner signer, byte[] statement)
      throws IOException {
    Path file = in(folder, row.repository(), row.revision(), row.quantization());
    Files.createDirectories(file.getParent());
    return Sidecar.write(file, signer, statement);
  }

  private static Path below(Path folder, String names) {
    Path path = folder;
    for (String name : names.split("/", -1)) {
      path = path.resolve(escaped(name));
    }
    return path;
  }

  /** A plain name for any text, and another one for any other text. */
  private static String escaped(String name) {
    StringBuilder plain = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      boolean kept =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '_'
              || b == '-'
              || (b == '.' && plain.length() > 0);
      plain.append(kept ? "" + (char) b : String.format(Locale.ROOT, "%%%02X", b));
    }
    if (plain.isEmpty()) {
      return "%";
    }
    // Shortened, it has a character that nothing else gives.
    return plain.length() <= MAX_NAME
        ? plain.toString()
        : plain.substring(0, MAX_NAME - 65)
            + "~"
            + Sha256Hex.of(name.getBytes(StandardCharsets.UTF_8));
  }
}
