package dev.weighmaster.jobs.cli;

import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;

/**
 * A publisher of models in {@code acme/} and a quantizer in {@code quants/}, with a key each, and a
 * policy that trusts both.
 */
final class TwoParties {
  private static final KeyPair ACME = TestKeys.generate("secp384r1");
  static final KeyPair QUANTS = TestKeys.generate("secp256r1");

  private TwoParties() {}

  /** Writes acme.pem, quants.pem, the public keys and policy.yaml. */
  static void write(Path folder) throws IOException {
    Files.write(folder.resolve("acme.pem"), TestKeys.privatePem(ACME));
    Files.write(folder.resolve("acme.pub.pem"), TestKeys.publicPem(ACME));
    Files.write(folder.resolve("quants.pem"), TestKeys.privatePem(QUANTS));
    Files.write(folder.resolve("quants.pub.pem"), TestKeys.publicPem(QUANTS));
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        version: 1
        trust_roots:
          - {name: acme, public_key: acme.pub.pem}
          - {name: quants, public_key: quants.pub.pem}
        publishers: [{models: "acme/*", signers: [{key: acme}]}]
        quantizers: [{repositories: "quants/*", signers: [{key: quants}]}]
        """);
  }
}
