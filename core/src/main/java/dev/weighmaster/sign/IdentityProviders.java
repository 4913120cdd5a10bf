package dev.weighmaster.sign;

import dev.sigstore.oidc.client.GithubActionsOidcClient;
import dev.sigstore.oidc.client.OidcClient;
import dev.sigstore.oidc.client.OidcException;
import dev.sigstore.oidc.client.WebOidcClient;
import dev.sigstore.trustroot.Service;
import dev.weighmaster.verdict.Quoted;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Sources of identity tokens, where none is given. */
public final class IdentityProviders {
  private IdentityProviders() {}

  /**
   * The credentials of the environment that the process runs in; of those that sigstore-java knows,
   * which are a GitHub Actions job's with the permission {@code id-token: write}.
   *
   * @return empty where there are none
   */
  public static Optional<IdentitySource> ambient(Map<String, String> environment) {
    var actions = GithubActionsOidcClient.builder().build();
    return actions.isEnabled(environment)
        ? Optional.of(() -> token(actions, environment, "GitHub Actions"))
        : Optional.empty();
  }

  /**
   * A person who signs in at the instance's identity provider, in a browser on this machine.
   *
   * @param show shows the person the address to open
   */
  public static IdentitySource browser(SigstoreInstance instance, Consumer<String> show)
      throws SigningException {
    Service provider =
        instance
            .identityProvider()
            .orElseThrow(
                () -> new SigningException("the signing configuration names no identity provider"));
    OidcClient browser =
        WebOidcClient.builder().setIssuer(provider).setBrowser(show::accept).build();
    return () -> token(browser, Map.of(), Quoted.line(provider.getUrl().toString()));
  }

  private static IdentityToken token(
      OidcClient client, Map<String, String> environment, String provider) throws SigningException {
    String token;
    try {
      token = client.getIDToken(environment).getIdToken();
    } catch (OidcException | RuntimeException e) {
      // Whatever it says may quote an answer with a token in it.
      throw new SigningException(provider + " gave no identity token");
    }
    return IdentityToken.parse(token);
  }
}
