package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.UnknownSigner;
import dev.weighmaster.trust.GrantExplanation;
import dev.weighmaster.trust.GrantExplanation.RuleExplanation;
import dev.weighmaster.trust.Role;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
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
   * @param unknown who it is by the bundle alone, where no trust root vouches for it
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
    JsonMapper mapper = new JsonMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("repository", repository);
    root.put("policy", policy);
    root.put("policy_digest", trust.digest());
    for (Role role : Role.values()) {
      ArrayNode grants = root.putArray(name(role) + "s");
      applying(trust.explain(role, repository, Optional.empty()))
          .forEach(grant -> put(grants.addObject(), grant));
    }
    ArrayNode nodes = root.putArray("signers");
    for (ExplainedSigner signer : signers) {
      ObjectNode node = nodes.addObject();
      node.put("sidecar", signer.statement().name());
      node.put("role", name(signer.role()));
      signer
          .statement()
          .statementSha256()
          .ifPresent(payload -> node.put("statement_digest", payload));
      signer.signer().ifPresent(who -> put(node, who));
      node.put("trusted", signer.problem().isEmpty());
      signer
          .problem()
          .ifPresent(
              problem ->
                  node.put("reason", problem.reason().name()).put("detail", problem.detail()));
      ArrayNode grants = node.putArray("entries");
      signer.grants().forEach(grant -> put(grants.addObject(), grant));
      signer.unknownSigner().ifPresent(who -> put(node.putObject("unknown_signer"), who));
      signer.remedy().ifPresent(remedy -> remedy.addTo(node));
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  private static void put(ObjectNode node, Signer signer) {
    node.put("signer_identity", signer.identity());
    if (!signer.issuer().isEmpty()) {
      node.put("signer_issuer", signer.issuer());
    }
    node.put("signing_method", signer.method().name());
    if (!signer.root().isEmpty()) {
      node.put("trust_root", signer.root());
    }
  }

  private static void put(ObjectNode node, GrantExplanation grant) {
    node.put("place", grant.place());
    node.put("pattern", grant.pattern());
    ArrayNode rules = node.putArray("signers");
    for (RuleExplanation rule : grant.rules()) {
      ObjectNode item = rules.addObject().put("rule", rule.rule());
      rule.mismatch().ifPresent(mismatch -> item.put("mismatch", mismatch));
    }
  }

  private static String name(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }
}
