package dev.weighmaster.jobs.evidence;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.TableVerification;
import dev.weighmaster.jobs.table.TableVerification.VerifiedRun;
import dev.weighmaster.sign.ModelSigner;
import java.io.IOException;
import java.util.List;

/**
 * Signs a run: an OMS model signature over its Parquet files, with the paths that they have in the
 * table.
 */
public final class RunSigning {
  private final AuditTable audits;

  /** Sets up the signing of runs of a table. */
  public RunSigning(AuditTable table) {
    audits = table;
  }

  /** Makes a bundle of a statement, as it is to be stored. */
  @FunctionalInterface
  public interface Signer {
    byte[] sign(byte[] statement) throws IOException;
  }

  /**
   * What was signed.
   *
   * @param run its id
   * @param rootDigest over the digests of its files
   * @param path of the signature, relative to the table
   */
  public record SignedRun(String run, int files, String rootDigest, String path) {}

  /**
   * Reads every file of a run, and signs it if it is as it was written.
   *
   * @throws IOException if there is no such run, it is not whole, or the signature can't be written
   */
  public SignedRun execute(String run, Signer signer) throws IOException {
    VerifiedRun verified = whole(audits, run);
    ModelManifest manifest = ModelSigner.manifest(verified.resources(), List.of(), false);
    audits.signatures().write(run, signer.sign(ModelSigner.statement(run, manifest)));
    return new SignedRun(
        run, manifest.resources().size(), manifest.rootDigest(), audits.signatures().name(run));
  }

  /**
   * A run whose files and rows are all as they were written.
   *
   * @throws IOException if one is not, with the first thing that is wrong
   */
  static VerifiedRun whole(AuditTable audits, String run) throws IOException {
    List<VerifiedRun> found = new TableVerification(audits).run(run).execute().runs();
    if (found.size() != 1) {
      throw new IOException(
          "the run " + run + " was removed from the audit table " + audits.name());
    }
    VerifiedRun verified = found.get(0);
    if (!verified.isWhole()) {
      String wrong =
          (verified.mismatches().isEmpty() ? verified.unreadable() : verified.mismatches()).get(0);
      throw new IOException(
          "the run "
              + run
              + " is not as it was written, and nothing of it is signed: "
              + wrong
              + "; 'weighmaster table verify' says it all");
    }
    return verified;
  }
}
