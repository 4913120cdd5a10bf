package dev.weighmaster.jobs.cli;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.BundleVerifier;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes signed statements beside what they speak of. */
final class Sidecar {
  private static final String SELF =
      "version: 1\ntrust_roots: [{name: self, public_key: self.pem}]";

  private Sidecar() {}

  /**
   * Signs a statement, verifies the bundle as an audit would, and only then puts it in the place of
   * what was there: whoever reads the file meanwhile sees the old one or the new one whole.
   */
  static void write(Path file, KeySigner signer, byte[] statement) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path unfinished =
        folder.resolve("." + file.getFileName() + "." + ProcessHandle.current().pid() + ".sig");
    try {
      try (FileChannel channel =
          FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bundle = ByteBuffer.wrap(signer.sign(statement));
        while (bundle.hasRemaining()) {
          channel.write(bundle);
        }
        channel.force(true);
      }
      verify(file, Files.readAllBytes(unfinished), signer, statement);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AccessDeniedException e) {
      throw CommandFailure.error(file + " can't be written: permission denied");
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void verify(Path file, byte[] bundle, KeySigner signer, byte[] statement) {
    List<CheckedStatement> checked =
        new BundleVerifier(trusting(signer)).check("", "", "self.sig", bundle, "");
    boolean holds =
        checked.size() == 1
            && checked.get(0).signature().holds()
            && checked.get(0).statementSha256().equals(Optional.of(Sha256Hex.of(statement)));
    if (!holds) {
      throw CommandFailure.error(
          file
              + " was not written, its signature does not verify: "
              + checked
                  .get(0)
                  .signature()
                  .failure()
                  .map(Record::toString)
                  .orElse("another payload"));
    }
  }

  private static TrustPolicy trusting(KeySigner signer) {
    byte[] pem = KeyFingerprint.pem(signer.publicKey()).getBytes(StandardCharsets.US_ASCII);
    try {
      return TrustPolicy.parse(
          PolicySource.of(
              "self", SELF.getBytes(StandardCharsets.US_ASCII), Map.of("self.pem", pem)));
    } catch (PolicyException e) {
      throw new IllegalStateException("a policy that names a signer's own key is sound", e);
    }
  }
}
