package dev.weighmaster.trust;

import dev.weighmaster.trust.PolicyDocument.RootKind;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/**
 * What to write into a policy, so that a signer counts in one repository and in no other.
 *
 * @param yaml the lists to add to, with one item each: {@code trust_roots}, where the policy does
 *     not have the root yet, and {@code publishers} or {@code quantizers}; in ASCII, with every
 *     other character as an escape
 * @param file that the new trust root names, relative to the policy
 */
public record PolicyEntry(String yaml, Optional<String> file) {

  /** A policy's version, which is no part of what is to be added. */
  private static final String VERSION = "version: 1\n";

  /**
   * The entry for a signer under a trust root of the policy.
   *
   * @return empty where no entry can name exactly this signer and repository
   */
  public static Optional<PolicyEntry> naming(Signer signer, Role role, String repository) {
    String yaml = yaml(Map.of(grants(role), List.of(grant(signer, role, repository))));
    return names(
            signer, role, repository, yaml(Map.of("trust_roots", List.of(root(signer)))) + yaml)
        ? Optional.of(new PolicyEntry(yaml, Optional.empty()))
        : Optional.empty();
  }

  /**
   * The entry for a signer together with a new trust root for it.
   *
   * @param signer under the new root's name
   * @return empty where no entry can name exactly this signer and repository
   */
  public static Optional<PolicyEntry> introducing(Signer signer, Role role, String repository) {
    Map<String, Object> entry = new LinkedHashMap<>();
    Map<String, String> root = root(signer);
    entry.put("trust_roots", List.of(root));
    entry.put(grants(role), List.of(grant(signer, role, repository)));
    String yaml = yaml(entry);
    return names(signer, role, repository, yaml)
        ? Optional.of(new PolicyEntry(yaml, Optional.of(root.get(kind(signer).key()))))
        : Optional.empty();
  }

  /** Reads the entry as a policy, which must then name this signer and this repository alone. */
  private static boolean names(Signer signer, Role role, String repository, String yaml) {
    // An asterisk stands for other repositories too, and an empty name for all who have none.
    boolean nameless = signer.method() != SigningMethod.KEY && signer.identity().isEmpty();
    if (repository.contains("*") || nameless) {
      return false;
    }
    try {
      PolicyDocument read =
          PolicyDocument.parse("entry", (VERSION + yaml).getBytes(StandardCharsets.US_ASCII));
      List<PolicyDocument.Grant> grants =
          switch (role) {
            case PUBLISHER -> read.publishers();
            case QUANTIZER -> read.quantizers();
          };
      return grants.stream().anyMatch(grant -> grant.covers(signer, repository));
    } catch (PolicyException e) {
      return false;
    }
  }

  private static String grants(Role role) {
    return switch (role) {
      case PUBLISHER -> "publishers";
      case QUANTIZER -> "quantizers";
    };
  }

  private static RootKind kind(Signer signer) {
    return switch (signer.method()) {
      case KEY -> RootKind.PUBLIC_KEY;
      case CERTIFICATE -> RootKind.CERTIFICATES;
      case SIGSTORE -> RootKind.SIGSTORE;
    };
  }

  private static Map<String, String> root(Signer signer) {
    Map<String, String> root = new LinkedHashMap<>();
    root.put("name", signer.root());
    root.put(
        kind(signer).key(),
        signer.root()
            + switch (signer.method()) {
              case KEY -> ".pub.pem";
              case CERTIFICATE -> ".ca.pem";
              case SIGSTORE -> ".trusted_root.json";
            });
    return root;
  }

  private static Map<String, Object> grant(Signer signer, Role role, String repository) {
    Map<String, String> rule = new LinkedHashMap<>();
    switch (signer.method()) {
      case KEY -> rule.put("key", signer.root());
      case CERTIFICATE -> {
        rule.put("root", signer.root());
        rule.put("subject", signer.identity());
      }
      case SIGSTORE -> {
        rule.put("root", signer.root());
        rule.put("identity", signer.identity());
        rule.put("issuer", signer.issuer());
      }
    }
    Map<String, Object> grant = new LinkedHashMap<>();
    grant.put(
        switch (role) {
          case PUBLISHER -> "models";
          case QUANTIZER -> "repositories";
        },
        repository);
    grant.put("signers", List.of(rule));
    return grant;
  }

  private static String yaml(Map<String, Object> entry) {
    return new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setUseUnicodeEncoding(false)
                .setWidth(Integer.MAX_VALUE)
                .setIndicatorIndent(2)
                .setIndent(4)
                .build())
        .dumpToString(entry);
  }
}
