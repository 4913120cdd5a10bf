package dev.weighmaster.trust;

import dev.weighmaster.verdict.Quoted;
import java.util.Locale;
import java.util.Optional;

/** One entry of a policy's {@code signers}. Its {@code toString} is for messages. */
sealed interface SignerRule {

  /** Name of the required trust root. */
  String root();

  /** How a signer must have signed. */
  SigningMethod method();

  /** Why a signer under this rule's root and method does not match. */
  Optional<String> mismatchUnderRoot(Signer signer);

  /** Why a signer is not the one that the rule names; empty exactly where it is. */
  default Optional<String> mismatch(Signer signer) {
    if (signer.method() != method()) {
      return Optional.of("it signed by the method " + lowerCase(signer.method()));
    }
    if (!signer.root().equals(root())) {
      return Optional.of("it is verified under the trust root " + signer.root());
    }
    return mismatchUnderRoot(signer);
  }

  /** Whether a signer may match this rule and another; false only where none can. */
  default boolean mayShareSigner(SignerRule other) {
    return root().equals(other.root()) && method() == other.method();
  }

  private static String lowerCase(SigningMethod method) {
    return method.name().toLowerCase(Locale.ROOT);
  }

  record KeyRule(String root) implements SignerRule {
    @Override
    public SigningMethod method() {
      return SigningMethod.KEY;
    }

    @Override
    public Optional<String> mismatchUnderRoot(Signer signer) {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "key " + root;
    }
  }

  record IdentityRule(String root, TextRule identity, TextRule issuer) implements SignerRule {
    @Override
    public SigningMethod method() {
      return SigningMethod.SIGSTORE;
    }

    @Override
    public Optional<String> mismatchUnderRoot(Signer signer) {
      if (!issuer.matches(signer.issuer())) {
        return Optional.of("its issuer is " + Quoted.line(signer.issuer()));
      }
      return identity.matches(signer.identity())
          ? Optional.empty()
          : Optional.of("its identity is " + Quoted.line(signer.identity()));
    }

    @Override
    public boolean mayShareSigner(SignerRule other) {
      return other instanceof IdentityRule rule
          && root.equals(rule.root)
          && mayShareText(identity, rule.identity)
          && mayShareText(issuer, rule.issuer);
    }

    private static boolean mayShareText(TextRule one, TextRule other) {
      return !(one instanceof TextRule.Exactly && other instanceof TextRule.Exactly)
          || one.equals(other);
    }

    @Override
    public String toString() {
      return "identity " + identity + " by the issuer " + issuer + " under " + root;
    }
  }

  record SubjectRule(String root, DistinguishedName subject) implements SignerRule {
    @Override
    public SigningMethod method() {
      return SigningMethod.CERTIFICATE;
    }

    @Override
    public Optional<String> mismatchUnderRoot(Signer signer) {
      // A name that a certificate can hold but RFC 2253 can't say is nobody's in a policy.
      return DistinguishedName.of(signer.identity()).filter(subject::equals).isPresent()
          ? Optional.empty()
          : Optional.of("its subject is " + Quoted.line(signer.identity()));
    }

    @Override
    public String toString() {
      return "subject " + subject + " under " + root;
    }
  }

  record SubjectRegexRule(String root, WholeMatch subject) implements SignerRule {
    @Override
    public SigningMethod method() {
      return SigningMethod.CERTIFICATE;
    }

    @Override
    public Optional<String> mismatchUnderRoot(Signer signer) {
      return subject.matches(signer.identity())
          ? Optional.empty()
          : Optional.of("its subject is " + Quoted.line(signer.identity()));
    }

    @Override
    public String toString() {
      return "subject " + subject + " under " + root;
    }
  }
}
