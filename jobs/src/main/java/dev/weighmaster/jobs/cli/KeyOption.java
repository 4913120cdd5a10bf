package dev.weighmaster.jobs.cli;

import dev.weighmaster.sign.KeySigner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import picocli.CommandLine.Option;

/** The private key of a command that signs. */
final class KeyOption {
  /** Far more than any key takes. */
  private static final int MAX_BYTES = 64 << 10;

  @Option(
      names = "--key",
      required = true,
      paramLabel = "KEY",
      description =
          "The private key: ECDSA on P-256, P-384 or P-521, in PEM (PKCS#8 or SEC 1), not"
              + " encrypted.")
  private Path file;

  /**
   * Reads the key.
   *
   * @throws CommandFailure if it is none that can sign; nothing of it is in the message
   */
  KeySigner signer() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.error(file + ": there is no such key file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return KeySigner.of(in.readNBytes(MAX_BYTES));
    } catch (InvalidKeyException e) {
      throw CommandFailure.error(file + ": " + e.getMessage());
    }
  }

  /** Keeps a private key from being published with the model that it signs. */
  void mustLieOutside(Path model) throws IOException {
    if (file.toRealPath().startsWith(model.toRealPath())) {
      throw CommandFailure.error(
          file + ": the private key lies in the model that it is to sign; move it out first");
    }
  }
}
