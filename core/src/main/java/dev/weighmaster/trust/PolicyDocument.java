package dev.weighmaster.trust;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.format.ModelReference;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.trust.GrantExplanation.RuleExplanation;
import dev.weighmaster.trust.SignerRule.IdentityRule;
import dev.weighmaster.trust.SignerRule.KeyRule;
import dev.weighmaster.trust.SignerRule.SubjectRegexRule;
import dev.weighmaster.trust.SignerRule.SubjectRule;
import dev.weighmaster.verdict.Quoted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a policy file says, with the files that it names not read yet. */
record PolicyDocument(
    List<RootEntry> roots,
    List<Grant> publishers,
    List<Grant> quantizers,
    List<Auditor> auditors,
    Map<String, String> aliases,
    boolean transparencyLog,
    boolean sourceInHub,
    Coverage coverage,
    int maxChainDepth,
    OnMismatch onClaimMismatch,
    OnMismatch onMethodMismatch,
    OnUnattestedExtras onUnattestedExtras,
    OnAbsence onAbsentSource,
    Set<String> revokedDigests,
    Set<String> revokedIdentities,
    Set<String> revokedKeys,
    Set<String> revokedStatements) {
  static final int DEFAULT_CHAIN_DEPTH = 8;

  private static final String ON_UNATTESTED_EXTRAS = "on_unattested_extras";
  private static final String IGNORED_PATHS = "ignore_paths";
  private static final String WITHOUT_TRUSTED_TIME = "without_trusted_time";
  private static final Pattern SHA256 = Pattern.compile("(?:sha256:)?[0-9a-f]{64}");
  private static final Pattern MODEL_PATTERN = Pattern.compile("([^\\s/]+/)?[^\\s/]+");
  private static final Pattern MODEL_NAME = Pattern.compile("(?:[^\\s/*]+/)?[^\\s/*]+");
  private static final Pattern MODEL_ID = Pattern.compile("[^\\s/*]+/[^\\s/*]+");
  private static final Pattern ANY = Pattern.compile(".+");
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:[^\\s\\p{Cntrl}]+");
  private static final String A_SHA256 = "a sha256 of 64 lower-case hexadecimal digits";

  /** When certificates must be valid if the time of signing is not proven. */
  private enum WithoutTrustedTime {
    NOW_COUNTS,
    REFUSE
  }

  /** What a trust root is, by the key that names its file. */
  enum RootKind {
    SIGSTORE("sigstore"),
    CERTIFICATES("certificates"),
    PUBLIC_KEY("public_key");

    private final String key;

    RootKind(String key) {
      this.key = key;
    }

    String key() {
      return key;
    }
  }

  /** An entry of {@code trust_roots}. */
  record RootEntry(String name, RootKind kind, String path, boolean nowCounts, PolicyYaml yaml) {
    PolicyException error(String what) {
      return yaml.errorAt(kind.key, "names the file \"" + path + "\", which " + what);
    }
  }

  /**
   * An entry of {@code publishers} or {@code quantizers}.
   *
   * @param ignoredPaths that these signers' model signatures need not cover
   */
  record Grant(
      String place, ModelPattern pattern, List<SignerRule> signers, Set<String> ignoredPaths) {
    boolean covers(Signer signer, String model) {
      return pattern.matches(model)
          && signers.stream().anyMatch(rule -> rule.mismatch(signer).isEmpty());
    }

    GrantExplanation explain(String model, Optional<Signer> signer) {
      return new GrantExplanation(
          place,
          pattern.toString(),
          pattern.matches(model),
          signers.stream()
              .map(rule -> new RuleExplanation(rule.toString(), signer.flatMap(rule::mismatch)))
              .toList());
    }
  }

  /**
   * An entry of {@code auditors}.
   *
   * @param verifier the id that its verification summaries bear
   */
  record Auditor(String verifier, List<SignerRule> signers) {
    boolean is(Signer signer) {
      return signers.stream().anyMatch(rule -> rule.mismatch(signer).isEmpty());
    }
  }

  static PolicyDocument parse(String file, byte[] bytes) throws PolicyException {
    PolicyYaml yaml =
        PolicyYaml.parse(
            file,
            bytes,
            List.of(
                "version",
                "trust_roots",
                "publishers",
                "quantizers",
                "auditors",
                "aliases",
                "require",
                "on_mismatch",
                ON_UNATTESTED_EXTRAS,
                "on_absence",
                "revoked"));
    if (!yaml.has("version")) {
      throw yaml.error("the key \"version\" is missing");
    }
    yaml.integer("version", 1, 1, 1);
    List<RootEntry> roots = roots(yaml);
    var kinds = new HashMap<String, RootKind>();
    roots.forEach(root -> kinds.put(root.name(), root.kind()));
    Optional<PolicyYaml> require =
        yaml.mapping(
            "require",
            List.of("transparency_log", "source_in_hub", "signed_files", "max_chain_depth"));
    Optional<PolicyYaml> onMismatch = yaml.mapping("on_mismatch", List.of("claim", "method"));
    Optional<PolicyYaml> onAbsence = yaml.mapping("on_absence", List.of("source"));
    Optional<PolicyYaml> revoked =
        yaml.mapping("revoked", List.of("digests", "identities", "keys", "statements"));
    return new PolicyDocument(
        roots,
        grants(yaml, "publishers", "models", kinds),
        grants(yaml, "quantizers", "repositories", kinds),
        auditors(yaml, kinds),
        aliases(yaml),
        require.isPresent() && require.get().bool("transparency_log", false),
        require.isEmpty() || require.get().bool("source_in_hub", true),
        require.isPresent()
            ? require.get().choice("signed_files", Coverage.ALL_BUT_SIDECARS)
            : Coverage.ALL_BUT_SIDECARS,
        require.isPresent()
            ? require.get().integer("max_chain_depth", DEFAULT_CHAIN_DEPTH, 1, 64)
            : DEFAULT_CHAIN_DEPTH,
        onMismatch(onMismatch, "claim"),
        onMismatch(onMismatch, "method"),
        yaml.choice(ON_UNATTESTED_EXTRAS, OnUnattestedExtras.NOTE),
        onAbsence.isPresent()
            ? onAbsence.get().choice("source", OnAbsence.UNVERIFIED)
            : OnAbsence.UNVERIFIED,
        revoked(revoked, "digests", SHA256, A_SHA256),
        revoked(revoked, "identities", ANY, "an identity"),
        revoked(revoked, "keys", SHA256, A_SHA256),
        revoked(revoked, "statements", SHA256, A_SHA256));
  }

  private static OnMismatch onMismatch(Optional<PolicyYaml> yaml, String key)
      throws PolicyException {
    return yaml.isPresent() ? yaml.get().choice(key, OnMismatch.BREAK) : OnMismatch.BREAK;
  }

  private static List<RootEntry> roots(PolicyYaml policy) throws PolicyException {
    var roots = new ArrayList<RootEntry>();
    var names = new HashSet<String>();
    List<String> keys =
        Stream.concat(
                Stream.of("name", WITHOUT_TRUSTED_TIME),
                Stream.of(RootKind.values()).map(kind -> kind.key))
            .toList();
    for (PolicyYaml yaml : policy.mappings("trust_roots", keys)) {
      String name = yaml.string("name");
      if (!names.add(name)) {
        throw yaml.errorAt("name", "is the name of another trust root too");
      }
      List<RootKind> kinds =
          Stream.of(RootKind.values()).filter(kind -> yaml.has(kind.key)).toList();
      if (kinds.size() != 1) {
        throw yaml.error("a trust root has one of sigstore, certificates and public_key");
      }
      RootKind kind = kinds.get(0);
      if (yaml.has(WITHOUT_TRUSTED_TIME) && kind != RootKind.CERTIFICATES) {
        throw yaml.errorAt(WITHOUT_TRUSTED_TIME, "has no meaning but for certificates");
      }
      boolean nowCounts =
          yaml.choice(WITHOUT_TRUSTED_TIME, WithoutTrustedTime.NOW_COUNTS)
              == WithoutTrustedTime.NOW_COUNTS;
      roots.add(new RootEntry(name, kind, yaml.string(kind.key), nowCounts, yaml));
    }
    return roots;
  }

  private static List<Grant> grants(
      PolicyYaml policy, String key, String patternKey, Map<String, RootKind> roots)
      throws PolicyException {
    var grants = new ArrayList<Grant>();
    List<String> keys =
        key.equals("publishers")
            ? List.of(patternKey, "signers", IGNORED_PATHS)
            : List.of(patternKey, "signers");
    for (PolicyYaml yaml : policy.mappings(key, keys)) {
      List<SignerRule> signers = signers(yaml, roots);
      grants.add(new Grant(yaml.place(), pattern(yaml, patternKey), signers, ignoredPaths(yaml)));
    }
    return grants;
  }

  private static Set<String> ignoredPaths(PolicyYaml yaml) throws PolicyException {
    List<String> paths =
        yaml.strings(IGNORED_PATHS, ANY, "a path relative to the repository's root");
    for (String path : paths) {
      if (!CanonicalPath.isIgnorable(path)) {
        throw yaml.errorAt(
            IGNORED_PATHS,
            "has " + Quoted.of(path) + ", expected exact paths such as \".cache\", without globs");
      }
      if (FileKind.of(path).isWeights()) {
        throw yaml.errorAt(IGNORED_PATHS, "has " + Quoted.of(path) + ": weights can't be ignored");
      }
    }
    return Set.copyOf(paths);
  }

  private static List<Auditor> auditors(PolicyYaml policy, Map<String, RootKind> roots)
      throws PolicyException {
    var auditors = new ArrayList<Auditor>();
    for (PolicyYaml yaml : policy.mappings("auditors", List.of("verifier", "signers"))) {
      String verifier = yaml.string("verifier");
      if (!URI.matcher(verifier).matches()) {
        throw yaml.errorAt("verifier", "must be a URI, the one that the auditor goes by");
      }
      auditors.add(new Auditor(verifier, signers(yaml, roots)));
    }
    return auditors;
  }

  /** The names of today by the lower-case ones of before. */
  private static Map<String, String> aliases(PolicyYaml policy) throws PolicyException {
    var aliases = new HashMap<String, String>();
    List<PolicyYaml> entries = policy.mappings("aliases", List.of("from", "to"));
    for (PolicyYaml yaml : entries) {
      String from = yaml.string("from");
      if (!MODEL_NAME.matcher(from).matches()) {
        throw yaml.errorAt("from", "must be the org/name of a model");
      }
      if (!MODEL_ID.matcher(yaml.string("to")).matches()) {
        throw yaml.errorAt("to", "must be the org/name of a model");
      }
      if (aliases.put(ModelReference.folded(from), yaml.string("to")) != null) {
        throw yaml.errorAt("from", "is the name of another alias too");
      }
    }
    for (PolicyYaml yaml : entries) {
      if (aliases.containsKey(ModelReference.folded(yaml.string("to")))) {
        throw yaml.errorAt("to", "is an alias itself: give the name that the model has today");
      }
    }
    return Map.copyOf(aliases);
  }

  private static List<SignerRule> signers(PolicyYaml yaml, Map<String, RootKind> roots)
      throws PolicyException {
    var rules = new ArrayList<SignerRule>();
    for (PolicyYaml signer :
        yaml.mappings(
            "signers",
            List.of(
                "key",
                "root",
                "identity",
                "identity_regex",
                "issuer",
                "issuer_regex",
                "subject",
                "subject_regex"))) {
      rules.add(rule(signer, roots));
    }
    if (rules.isEmpty()) {
      throw yaml.error("the key \"signers\" is missing or empty");
    }
    return rules;
  }

  private static ModelPattern pattern(PolicyYaml yaml, String key) throws PolicyException {
    String pattern = yaml.string(key);
    if (!MODEL_PATTERN.matcher(pattern).matches()) {
      throw yaml.errorAt(key, "must be org/name, in which * stands for any characters but \"/\"");
    }
    return new ModelPattern(pattern);
  }

  private static SignerRule rule(PolicyYaml yaml, Map<String, RootKind> roots)
      throws PolicyException {
    String rootKey = yaml.has("key") ? "key" : "root";
    String root = yaml.string(rootKey);
    RootKind kind = roots.get(root);
    if (kind == null) {
      throw yaml.errorAt(rootKey, "names no trust root of this policy: \"" + root + "\"");
    }
    if ((kind == RootKind.PUBLIC_KEY) != rootKey.equals("key")) {
      throw yaml.errorAt(rootKey, "\"" + root + "\" is a trust root of the kind " + kind.key);
    }
    return switch (kind) {
      case PUBLIC_KEY -> {
        only(yaml, List.of("key"));
        yield new KeyRule(root);
      }
      case SIGSTORE -> {
        only(yaml, List.of("root", "identity", "identity_regex", "issuer", "issuer_regex"));
        yield new IdentityRule(root, text(yaml, "identity"), text(yaml, "issuer"));
      }
      case CERTIFICATES -> {
        String subjectKey = oneOf(yaml, "subject", "subject_regex");
        only(yaml, List.of("root", subjectKey));
        yield subjectKey.equals("subject")
            ? new SubjectRule(root, distinguishedName(yaml))
            : new SubjectRegexRule(root, yaml.regex("subject_regex"));
      }
    };
  }

  private static DistinguishedName distinguishedName(PolicyYaml yaml) throws PolicyException {
    return DistinguishedName.of(yaml.string("subject"))
        .orElseThrow(
            () ->
                yaml.errorAt(
                    "subject", "is not a distinguished name, such as \"CN=Acme Release,O=Acme\""));
  }

  private static TextRule text(PolicyYaml yaml, String key) throws PolicyException {
    String given = oneOf(yaml, key, key + "_regex");
    return given.equals(key) ? new TextRule.Exactly(yaml.string(key)) : yaml.regex(given);
  }

  private static String oneOf(PolicyYaml yaml, String exact, String regex) throws PolicyException {
    if (yaml.has(exact) == yaml.has(regex)) {
      throw yaml.error("a signer under this root has one of " + exact + " and " + regex);
    }
    return yaml.has(exact) ? exact : regex;
  }

  private static void only(PolicyYaml yaml, List<String> keys) throws PolicyException {
    for (String key : yaml.keys()) {
      if (!keys.contains(key)) {
        throw yaml.errorAt(key, "has no meaning here, expected only " + String.join(", ", keys));
      }
    }
  }

  private static Set<String> revoked(
      Optional<PolicyYaml> yaml, String key, Pattern form, String what) throws PolicyException {
    var revoked = new HashSet<String>();
    if (yaml.isPresent()) {
      for (String entry : yaml.get().strings(key, form, what)) {
        revoked.add(form == SHA256 ? entry.replaceFirst("^sha256:", "") : entry);
      }
    }
    return Set.copyOf(revoked);
  }
}
