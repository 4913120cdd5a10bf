package dev.weighmaster.jobs.cli;

import dev.weighmaster.sign.IdentityProviders;
import dev.weighmaster.sign.IdentitySource;
import dev.weighmaster.sign.IdentityToken;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.SigningException;
import dev.weighmaster.sign.SigstoreInstance;
import dev.weighmaster.sign.SigstoreSigner;
import dev.weighmaster.sign.StatementSigner;
import dev.weighmaster.sign.TufRepository;
import dev.weighmaster.trust.PemCertificates;
import dev.weighmaster.trust.PolicyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Who signs, in a command that does. */
final class SignerOption {
  /** For the commands' help. */
  static final String ENVIRONMENT =
      "%nEnvironment:%n"
          + "  WEIGHMASTER_KEY_PASSWORD  the password of an encrypted --key%n"
          + "  SIGSTORE_ID_TOKEN         the identity token of --keyless%n";

  private static final String TOKEN_VARIABLE = "SIGSTORE_ID_TOKEN";
  private static final String PASSWORD_VARIABLE = "WEIGHMASTER_KEY_PASSWORD";

  /** How an encrypted PKCS#8 key begins in PEM. */
  private static final String ENCRYPTED = "BEGIN ENCRYPTED PRIVATE KEY";

  /** Far more than any key, chain, token or description of an instance takes. */
  private static final int MAX_BYTES = 1 << 20;

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Choice by;

  private static final class Choice {
    @ArgGroup(exclusive = false)
    private ByKey key;

    @ArgGroup(exclusive = false)
    private ByIdentity identity;
  }

  private static final class ByKey {
    @Option(
        names = "--key",
        required = true,
        paramLabel = "KEY",
        description =
            "Sign with a private key: ECDSA on P-256, P-384 or P-521, in PEM (PKCS#8 or SEC 1). The"
                + " password of an encrypted PKCS#8 key is read from the environment.")
    private Path file;

    @Option(
        names = "--certificate",
        paramLabel = "FILE",
        description =
            "Name the signer by a certificate of the key: in PEM, the key's certificate first, then"
                + " the authorities above it, with or without the root.")
    private Optional<Path> certificate = Optional.empty();
  }

  private static final class ByIdentity {
    @Option(
        names = "--keyless",
        required = true,
        description =
            "Sign with an identity, through Sigstore: an identity token from --identity-token-file or"
                + " the environment; else the credentials of a GitHub Actions job; else, on a terminal,"
                + " by signing in with a browser. The signature, the identity and the"
                + " statement go into a public log.")
    private boolean keyless;

    @Option(
        names = "--identity-token-file",
        paramLabel = "FILE",
        description =
            "An OpenID Connect identity token for Sigstore; - reads standard input. Tokens"
                + " are never given on the command line, where others can see them.")
    private Optional<Path> token = Optional.empty();

    @Option(names = "--staging", description = "Sign with Sigstore's staging instance.")
    private boolean staging;

    @Option(
        names = "--trusted-root",
        paramLabel = "FILE",
        description = "Sign with a private instance: its trusted_root.json.")
    private Optional<Path> trustedRoot = Optional.empty();

    @Option(
        names = "--signing-config",
        paramLabel = "FILE",
        description = "The signing_config.json (version 0.2) that goes with --trusted-root.")
    private Optional<Path> signingConfig = Optional.empty();
  }

  /**
   * Makes the signer ready.
   *
   * @throws CommandFailure if it can't sign; no part of a key, token or password is in the message
   */
  StatementSigner signer() throws IOException {
    return isKeyless() ? byIdentity(by.identity) : byKey(by.key);
  }

  /** Keeps a secret from being published with the model that it signs. */
  void mustLieOutside(Path model) throws IOException {
    if (!isKeyless()) {
      mustLieOutside(model, by.key.file, "private key");
    } else if (by.identity.token.isPresent() && !isStandardInput(by.identity.token.get())) {
      mustLieOutside(model, by.identity.token.get(), "identity token");
    }
  }

  private boolean isKeyless() {
    return by.identity != null && by.identity.keyless;
  }

  private static void mustLieOutside(Path model, Path secret, String what) throws IOException {
    if (secret.toRealPath().startsWith(model.toRealPath())) {
      throw CommandFailure.error(
          secret + ": the " + what + " lies in the model that it is to sign; move it out first");
    }
  }

  private static KeySigner byKey(ByKey by) throws IOException {
    Path file = by.file;
    byte[] pem = read(file, "key file");
    Optional<String> password = variable(PASSWORD_VARIABLE);
    KeySigner signer;
    try {
      signer = KeySigner.of(pem, password);
    } catch (InvalidKeyException e) {
      boolean lacksPassword =
          password.isEmpty() && new String(pem, StandardCharsets.US_ASCII).contains(ENCRYPTED);
      throw CommandFailure.error(
          file + ": " + e.getMessage() + (lacksPassword ? " in " + PASSWORD_VARIABLE : ""));
    }
    return by.certificate.isPresent() ? certified(signer, by.certificate.get()) : signer;
  }

  private static KeySigner certified(KeySigner signer, Path file) throws IOException {
    try {
      List<X509Certificate> chain = PemCertificates.read(read(file, "certificate file"));
      KeySigner certified = signer.withCertificates(chain);
      if (chain.stream().skip(1).anyMatch(above -> above.getBasicConstraints() < 0)) {
        throw CommandFailure.error(file + ": a certificate after the first is not an authority's");
      }
      chain.get(0).checkValidity();
      return certified;
    } catch (PolicyException | InvalidKeyException e) {
      throw CommandFailure.error(file + ": " + e.getMessage());
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      throw CommandFailure.error(file + ": the certificate is not valid now");
    }
  }

  private StatementSigner byIdentity(ByIdentity by) throws IOException {
    if (by.trustedRoot.isPresent() != by.signingConfig.isPresent()) {
      throw usage("--trusted-root and --signing-config go together");
    }
    if (by.staging && by.trustedRoot.isPresent()) {
      throw usage("--staging and --trusted-root are two instances, only one can sign");
    }
    try {
      Optional<IdentitySource> given = given(by);
      SigstoreInstance instance = instance(by);
      return new SigstoreSigner(instance, given.isPresent() ? given.get() : found(instance));
    } catch (SigningException e) {
      throw CommandFailure.error(e.getMessage());
    }
  }

  private static SigstoreInstance instance(ByIdentity by) throws IOException, SigningException {
    if (by.trustedRoot.isPresent() && by.signingConfig.isPresent()) {
      return SigstoreInstance.of(
          read(by.trustedRoot.get(), "trusted root"),
          read(by.signingConfig.get(), "signing configuration"));
    }
    TufRepository tuf = by.staging ? TufRepository.staging() : TufRepository.publicGood();
    return SigstoreInstance.of(
        tuf.target(TufRepository.TRUSTED_ROOT), tuf.target(TufRepository.SIGNING_CONFIG));
  }

  private static Optional<IdentitySource> given(ByIdentity by)
      throws IOException, SigningException {
    Optional<String> text = variable(TOKEN_VARIABLE);
    if (by.token.isPresent()) {
      Path file = by.token.get();
      byte[] token =
          isStandardInput(file) ? System.in.readNBytes(MAX_BYTES) : read(file, "token file");
      text = Optional.of(new String(token, StandardCharsets.US_ASCII));
    }
    if (text.isEmpty()) {
      return Optional.empty();
    }
    IdentityToken token = IdentityToken.parse(text.get());
    token.mustBeValid(Instant.now());
    return Optional.of(() -> token);
  }

  private IdentitySource found(SigstoreInstance instance) throws SigningException {
    Map<String, String> environment = System.getenv();
    Optional<IdentitySource> ambient = IdentityProviders.ambient(environment);
    if (ambient.isPresent()) {
      return ambient.get();
    }
    if (!ProgressDisplay.isTerminal()) {
      throw CommandFailure.error(
          "there is no identity to sign by: no --identity-token-file, no "
              + TOKEN_VARIABLE
              + ", no GitHub Actions job with the permission id-token: write, and no terminal to"
              + " sign in from");
    }
    var err = spec.commandLine().getErr();
    return IdentityProviders.browser(
        instance, address -> err.println("Open this address in a browser to sign in: " + address));
  }

  private static boolean isStandardInput(Path file) {
    return file.toString().equals("-");
  }

  private static Optional<String> variable(String name) {
    return Stream.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty()).findFirst();
  }

  private static byte[] read(Path file, String what) throws IOException {
    if (!Files.exists(file) || Files.isDirectory(file)) {
      throw CommandFailure.error(file + ": no such " + what);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_BYTES);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
