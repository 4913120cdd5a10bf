package dev.weighmaster.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyEntryTest {
  private static final String ISSUER = "https://accounts.example";

  @Test
  void aNewKeyIsNamedTogetherWithItsTrustRoot() {
    assertThat(PolicyEntry.introducing(key("acme"), Role.PUBLISHER, "acme/base-7b"))
        .contains(
            new PolicyEntry(
                """
                trust_roots:
                  - name: acme
                    public_key: acme.pub.pem
                publishers:
                  - models: acme/base-7b
                    signers:
                      - key: acme
                """,
                Optional.of("acme.pub.pem")));
  }

  @Test
  void aSignerUnderARootOfThePolicyNeedsNoOther() {
    assertThat(PolicyEntry.naming(identity("release@acme.example"), Role.QUANTIZER, "acme/q"))
        .contains(
            new PolicyEntry(
                """
                quantizers:
                  - repositories: acme/q
                    signers:
                      - root: sigstore
                        identity: release@acme.example
                        issuer: https://accounts.example
                """,
                Optional.empty()));
  }

  @ParameterizedTest
  @EnumSource
  void aPastedEntryMakesThisSignerTrustedInThisRoleAndRepositoryAlone(SigningMethod method)
      throws PolicyException {
    Signer signer = signer(method, "CN=Release,O=Acme");
    String yaml = PolicyEntry.introducing(signer, Role.PUBLISHER, "acme/base").orElseThrow().yaml();

    PolicyDocument pasted = PolicyDocument.parse("pasted", ("version: 1\n" + yaml).getBytes(UTF_8));

    assertThat(pasted.publishers()).singleElement().matches(e -> e.covers(signer, "acme/base"));
    assertThat(pasted.publishers()).noneMatch(e -> e.covers(signer, "acme/other"));
    assertThat(pasted.quantizers()).isEmpty();
    if (method != SigningMethod.KEY) {
      Signer other = signer(method, "CN=Release,O=Acme2");
      assertThat(pasted.publishers()).noneMatch(entry -> entry.covers(other, "acme/base"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain@example.org",
        "yes",
        "null",
        "~",
        "1e3",
        "2026-11-28",
        "- item",
        "key: value",
        "a #comment",
        "'quoted'",
        "\"quoted\"",
        "back\\slash",
        "{flow: map}",
        "[flow]",
        "*alias",
        "&anchor",
        "!tag",
        "%directive",
        "@at",
        "`tick",
        "---",
        "...",
        "a\n  - models: \"*/*\"\n    signers: [{root: sigstore, identity: evil}]",
        "line one\nline two",
        "carriage\rreturn",
        "tab\there",
        " leading",
        "trailing ",
        "nul\u0000byte",
        "escape\u001b[31m",
        "bidi\u202eoverride",
        "line\u2028separator",
        "nel\u0085",
        "bom\ufeff",
        "\u0410cme",
        "emoji \ud83d\ude00",
        "x"
      })
  void aHostileIdentityIsQuotedSoThatItNamesItselfAlone(String identity) throws PolicyException {
    Signer signer = identity(identity);
    PolicyEntry entry = PolicyEntry.introducing(signer, Role.QUANTIZER, "acme/q").orElseThrow();

    assertThat(entry.yaml())
        .matches(text -> StandardCharsets.US_ASCII.newEncoder().canEncode(text));
    assertThat(entry.yaml().chars()).allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f));
    PolicyDocument pasted =
        PolicyDocument.parse("pasted", ("version: 1\n" + entry.yaml()).getBytes(UTF_8));
    assertThat(pasted.publishers()).isEmpty();
    assertThat(pasted.quantizers()).singleElement().matches(e -> e.covers(signer, "acme/q"));
    assertThat(pasted.quantizers()).noneMatch(e -> e.covers(identity("evil"), "acme/q"));
    assertThat(pasted.quantizers()).noneMatch(e -> e.covers(identity(identity + "x"), "acme/q"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/*", "*/*", "acme/a*b"})
  void aRepositoryWhoseNameWouldBeAPatternGetsNoEntry(String repository) {
    assertThat(PolicyEntry.introducing(key("acme"), Role.PUBLISHER, repository)).isEmpty();
    assertThat(PolicyEntry.naming(key("acme"), Role.PUBLISHER, repository)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/a b", "acme/a\nb", "acme/b/c", ""})
  void aRepositoryThatAPolicyCanNotNameGetsNoEntry(String repository) {
    assertThat(PolicyEntry.introducing(key("acme"), Role.PUBLISHER, repository)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no name", "CN=a,,"})
  void aSubjectThatAPolicyCanNotNameGetsNoEntry(String subject) {
    assertThat(
            PolicyEntry.introducing(
                signer(SigningMethod.CERTIFICATE, subject), Role.PUBLISHER, "acme/base"))
        .isEmpty();
  }

  @Test
  void theFileThatIsToBeWrittenIsTheOneThatTheEntryNames() throws PolicyException {
    var pair = TestKeys.generate("secp256r1");
    PolicyEntry entry =
        PolicyEntry.introducing(key("acme"), Role.PUBLISHER, "acme/base").orElseThrow();

    TrustPolicy policy =
        TrustPolicy.parse(
            PolicySource.of(
                "policy.yaml",
                ("version: 1\n" + entry.yaml()).getBytes(UTF_8),
                Map.of(entry.file().orElseThrow(), TestKeys.publicPem(pair))));

    assertThat(policy.trustsPublisher(key("acme"), "acme/base")).isTrue();
  }

  private static Signer key(String root) {
    return new Signer(SigningMethod.KEY, root, "sha256:" + "0".repeat(64), "", "0".repeat(64));
  }

  private static Signer identity(String identity) {
    return new Signer(SigningMethod.SIGSTORE, "sigstore", identity, ISSUER, "0".repeat(64));
  }

  private static Signer signer(SigningMethod method, String identity) {
    return new Signer(method, "root", identity, ISSUER, "0".repeat(64));
  }
}
