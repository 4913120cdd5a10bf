package dev.weighmaster.jobs.cli;

import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.UnknownSigner;
import dev.weighmaster.trust.GrantExplanation;
import dev.weighmaster.trust.GrantExplanation.RuleExplanation;
import dev.weighmaster.trust.Role;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Help.Ansi;

/**
 * What a policy says of a repository and of the signers in it.
 *
 * @param policy name of the policy file
 */
record TrustExplanation(
    String policy, TrustPolicy trust, String repository, List<ExplainedSigner> signers) {

  /**
   * A signer in a role in which it could count.
   *
   * @param problem why it does not; empty where it does
   * @param unknown who it is by the bundle alone, if it is under no trust root
   * @param remedy what to add to the policy, where that is all that is missing
   */
  record ExplainedSigner(
      CheckedStatement statement,
      Role role,
      Optional<Problem> problem,
      List<GrantExplanation> grants,
      Optional<UnknownSigner> unknown,
      Optional<TrustRemedy> remedy) {
    Optional<Signer> signer() {
      return statement.signature().signer();
    }

    Optional<Signer> unknownSigner() {
      return unknown.flatMap(UnknownSigner::signer);
    }
  }

  /**
   * A statement of the repository.
   *
   * @param unknown who signed it by the bundle alone, where its signature could not be shown to
   *     hold
   */
  record SignedStatement(CheckedStatement statement, Optional<UnknownSigner> unknown) {}

  static TrustExplanation of(
      String policy, TrustPolicy trust, String repository, List<SignedStatement> statements) {
    ChainJudge judge = new ChainJudge(trust);
    List<ExplainedSigner> signers = new ArrayList<>();
    for (SignedStatement signed : statements) {
      CheckedStatement statement = signed.statement();
      for (Role role : roles(statement, trust, repository)) {
        Optional<Signer> signer = statement.signature().signer();
        Optional<Problem> problem = judge.signerProblem(statement, role, repository);
        Optional<UnknownSigner> unknown =
            problem.flatMap(
                why ->
                    signed.unknown().filter(shown -> TrustRemedy.isWithoutRoot(shown, why, trust)));
        signers.add(
            new ExplainedSigner(
                statement,
                role,
                problem,
                signer.isEmpty() ? List.of() : applying(trust.explain(role, repository, signer)),
                unknown,
                signer.isPresent()
                    ? TrustRemedy.naming(statement, signer.get(), role, repository, trust)
                    : unknown.flatMap(
                        shown -> TrustRemedy.introducing(shown, role, repository, trust))));
      }
    }
    return new TrustExplanation(policy, trust, repository, signers);
  }

  /** A model signature is a source's, unless the policy knows the repository by its quantizers. */
  private static List<Role> roles(
      CheckedStatement statement, TrustPolicy trust, String repository) {
    if (statement.manifest().isEmpty()) {
      return List.of(Role.QUANTIZER);
    }
    List<Role> named =
        Arrays.stream(Role.values())
            .filter(role -> !applying(trust.explain(role, repository, Optional.empty())).isEmpty())
            .toList();
    return named.isEmpty() ? List.of(Role.PUBLISHER) : named;
  }

  private static List<GrantExplanation> applying(List<GrantExplanation> grants) {
    return grants.stream().filter(GrantExplanation::applies).toList();
  }

  void print(PrintWriter out, Ansi ansi) {
    out.println(PlainText.line(repository + " under " + policy));
    for (Role role : Role.values()) {
      List<GrantExplanation> all = trust.explain(role, repository, Optional.empty());
      List<GrantExplanation> applying = applying(all);
      out.println(
          name(role)
              + "s: "
              + applying.size()
              + " of "
              + all.size()
              + (all.size() == 1 ? " entry applies" : " entries apply"));
      for (GrantExplanation grant : applying) {
        out.println("  " + PlainText.line(place(grant)));
        grant.rules().forEach(rule -> out.println("    " + PlainText.line(rule.rule())));
      }
    }
    if (!signers.isEmpty()) {
      out.println("signers:");
    }
    Set<TrustRemedy> printed = new HashSet<>();
    for (ExplainedSigner signer : signers) {
      print(signer, printed, out, ansi);
    }
  }

  /**
   * @param printed remedies so far: what many statements lack is to be added once
   */
  private void print(ExplainedSigner signer, Set<TrustRemedy> printed, PrintWriter out, Ansi ansi) {
    boolean trusted = signer.problem().isEmpty();
    out.println(
        "  "
            + ansi.string(trusted ? "@|green ✓|@" : "@|red ✗|@")
            + " as a "
            + name(signer.role())
            + ", "
            + PlainText.line(signer.statement().name()));
    signer.signer().ifPresent(who -> out.println("    " + ChainTree.signed(who)));
    signer.unknownSigner().ifPresent(who -> out.println("    " + ChainTree.signedUnknown(who)));
    signer
        .statement()
        .statementSha256()
        .ifPresent(payload -> out.println("    payload sha256:" + payload));
    signer
        .problem()
        .ifPresent(
            problem ->
                out.println("    " + problem.reason() + ": " + PlainText.line(problem.detail())));
    for (GrantExplanation grant : signer.grants()) {
      if (trusted && grant.grants()) {
        out.println("    trusted by " + PlainText.line(place(grant)));
      }
      if (!trusted && !grant.grants()) {
        out.println("    " + PlainText.line(place(grant)) + " names others:");
        for (RuleExplanation rule : grant.rules()) {
          out.println(
              "      " + PlainText.line(rule.rule() + ", but " + rule.mismatch().orElseThrow()));
        }
      }
    }
    signer.remedy().filter(printed::add).ifPresent(remedy -> remedy.print(policy, out));
  }

  private String place(GrantExplanation grant) {
    return policy + ":" + grant.place() + "  " + grant.pattern();
  }

  String toJson() {
    return RecordJson.tree(
            new Shown(
                repository,
                policy,
                trust.digest(),
                shown(Role.PUBLISHER),
                shown(Role.QUANTIZER),
                signers.stream().map(ShownSigner::of).toList()))
        .toPrettyString();
  }

  private List<ShownGrant> shown(Role role) {
    return applying(trust.explain(role, repository, Optional.empty())).stream()
        .map(ShownGrant::of)
        .toList();
  }

  /** What {@code --json} prints. */
  private record Shown(
      String repository,
      String policy,
      String policyDigest,
      List<ShownGrant> publishers,
      List<ShownGrant> quantizers,
      List<ShownSigner> signers) {}

  private record ShownGrant(String place, String pattern, List<RuleExplanation> signers) {
    static ShownGrant of(GrantExplanation grant) {
      return new ShownGrant(grant.place(), grant.pattern(), grant.rules());
    }
  }

  private record ShownSigner(
      String sidecar,
      String role,
      Optional<String> statementDigest,
      Optional<String> signerIdentity,
      Optional<String> signerIssuer,
      Optional<SigningMethod> signingMethod,
      Optional<String> trustRoot,
      boolean trusted,
      Optional<Reason> reason,
      Optional<String> detail,
      List<ShownGrant> entries,
      Optional<ShownIdentity> unknownSigner,
      Optional<String> policyEntry,
      Optional<TrustRemedy.ShownFile> policyFile) {
    static ShownSigner of(ExplainedSigner signer) {
      Optional<ShownIdentity> known = signer.signer().map(ShownIdentity::of);
      return new ShownSigner(
          signer.statement().name(),
          name(signer.role()),
          signer.statement().statementSha256(),
          known.map(ShownIdentity::signerIdentity),
          known.flatMap(ShownIdentity::signerIssuer),
          known.map(ShownIdentity::signingMethod),
          known.flatMap(ShownIdentity::trustRoot),
          signer.problem().isEmpty(),
          signer.problem().map(Problem::reason),
          signer.problem().map(Problem::detail),
          signer.grants().stream().map(ShownGrant::of).toList(),
          signer.unknownSigner().map(ShownIdentity::of),
          signer.remedy().map(remedy -> remedy.entry().yaml()),
          signer.remedy().flatMap(TrustRemedy::file));
    }
  }

  private record ShownIdentity(
      String signerIdentity,
      Optional<String> signerIssuer,
      SigningMethod signingMethod,
      Optional<String> trustRoot) {
    static ShownIdentity of(Signer signer) {
      return new ShownIdentity(
          signer.identity(), said(signer.issuer()), signer.method(), said(signer.root()));
    }

    private static Optional<String> said(String text) {
      return Optional.of(text).filter(some -> !some.isEmpty());
    }
  }

  private static String name(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }
}
