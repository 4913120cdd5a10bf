package dev.weighmaster.trust;

import javax.security.auth.x500.X500Principal;

/** One entry of a policy's {@code signers}. */
sealed interface SignerRule {

  /** Name of the trust root that must vouch. */
  String root();

  boolean matches(Signer signer);

  record KeyRule(String root) implements SignerRule {
    @Override
    public boolean matches(Signer signer) {
      return signer.method() == SigningMethod.KEY && signer.root().equals(root);
    }
  }

  record IdentityRule(String root, String identity, String issuer) implements SignerRule {
    @Override
    public boolean matches(Signer signer) {
      return signer.method() == SigningMethod.SIGSTORE
          && signer.root().equals(root)
          && signer.identity().equals(identity)
          && signer.issuer().equals(issuer);
    }
  }

  record IdentityRegexRule(String root, WholeMatch identity, String issuer) implements SignerRule {
    @Override
    public boolean matches(Signer signer) {
      return signer.method() == SigningMethod.SIGSTORE
          && signer.root().equals(root)
          && signer.issuer().equals(issuer)
          && identity.matches(signer.identity());
    }
  }

  record SubjectRule(String root, X500Principal subject) implements SignerRule {
    @Override
    public boolean matches(Signer signer) {
      if (signer.method() != SigningMethod.CERTIFICATE || !signer.root().equals(root)) {
        return false;
      }
      try {
        return subject.equals(new X500Principal(signer.identity()));
      } catch (IllegalArgumentException e) {
        // A name that a certificate can hold but RFC 2253 can't say is nobody's in a policy.
        return false;
      }
    }
  }

  record SubjectRegexRule(String root, WholeMatch subject) implements SignerRule {
    @Override
    public boolean matches(Signer signer) {
      return signer.method() == SigningMethod.CERTIFICATE
          && signer.root().equals(root)
          && subject.matches(signer.identity());
    }
  }
}
