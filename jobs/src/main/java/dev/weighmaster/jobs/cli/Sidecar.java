package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.SigningException;
import dev.weighmaster.sign.StatementSigner;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * A signed statement that was written beside the files that it covers.
 *
 * @param signer as an audit sees it
 * @param logIndex of the transparency log's entry
 */
record Sidecar(Signer signer, Optional<Long> logIndex) {

  /** A bundle that verifies, and is not written yet. */
  static final class Bundle {
    private final byte[] bytes;
    private final Sidecar by;

    private Bundle(byte[] bytes, Sidecar by) {
      this.bytes = bytes;
      this.by = by;
    }

    byte[] bytes() {
      return bytes.clone();
    }

    /** Who signed, as an audit sees it. */
    Sidecar by() {
      return by;
    }
  }

  /**
   * Signs a statement, and verifies the bundle as an audit would.
   *
   * @param name of what the bundle is for, for messages
   */
  static Bundle sign(String name, StatementSigner signer, byte[] statement) {
    try {
      byte[] bundle = signer.sign(statement);
      return new Bundle(bundle, verified(name, bundle, signer, statement));
    } catch (SigningException e) {
      throw CommandFailure.error(e.getMessage());
    }
  }

  /**
   * Signs a statement, verifies the bundle as an audit would, and only then puts it in the place of
   * what was there: whoever reads the file meanwhile sees the old one or the new one whole.
   */
  static Sidecar write(Path file, StatementSigner signer, byte[] statement) throws IOException {
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
      Sidecar written =
          verified(file.toString(), Files.readAllBytes(unfinished), signer, statement);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      return written;
    } catch (SigningException e) {
      throw CommandFailure.error(e.getMessage());
    } catch (AccessDeniedException e) {
      throw CommandFailure.error(file + " can't be written: permission denied");
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Prints who signed. */
  void print(PrintWriter out) {
    switch (signer.method()) {
      case KEY -> out.println("  key          " + signer.identity());
      case CERTIFICATE -> out.println("  certificate  " + PlainText.line(signer.identity()));
      case SIGSTORE -> {
        out.println("  identity     " + PlainText.line(signer.identity()));
        out.println("  issuer       " + PlainText.line(signer.issuer()));
      }
    }
    logIndex.ifPresent(index -> out.println("  log index    " + index));
  }

  /** What {@code --json} prints of who signed. */
  private record Shown(
      SigningMethod signingMethod,
      String signerIdentity,
      Optional<String> signerIssuer,
      Optional<Long> logIndex) {}

  /** What a command has written, and who signed it. */
  ObjectNode json(Record written) {
    return RecordJson.tree(written)
        .setAll(
            RecordJson.tree(
                new Shown(signer.method(), signer.identity(), signer.statedIssuer(), logIndex)));
  }

  private static Sidecar verified(
      String file, byte[] bundle, StatementSigner signer, byte[] statement) {
    CheckedStatement checked =
        new BundleVerifier(signer.policy()).check("", "", "self.sig", bundle, "").get(0);
    SignatureCheck check = checked.signature();
    if (checked.statementSha256().equals(Optional.of(Sha256Hex.of(statement)))) {
      if (check.holds()) {
        return new Sidecar(check.signer().orElseThrow(), check.logIndex());
      }
      // The signature holds by the certificate, and there is no authority to judge that by.
      if (signer instanceof KeySigner key
          && signer.policy().roots().isEmpty()
          && check.failure().map(Problem::reason).equals(Optional.of(Reason.SIGNER_NOT_TRUSTED))) {
        var leaf = key.certificates().get(0);
        return new Sidecar(
            new Signer(
                SigningMethod.CERTIFICATE,
                "",
                leaf.getSubjectX500Principal().getName(X500Principal.RFC2253),
                leaf.getIssuerX500Principal().getName(X500Principal.RFC2253),
                KeyFingerprint.of(leaf.getPublicKey())),
            Optional.empty());
      }
    }
    throw CommandFailure.error(
        file
            + " was not written, its signature does not verify: "
            + check.failure().map(p -> p.reason() + ", " + p.detail()).orElse("another payload"));
  }
}
