package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.BoundsReport;
import dev.weighmaster.chain.Judgement;
import dev.weighmaster.chain.Link;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedQuantization;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedSignature;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Prints verdicts with their chains as trees. Colour never says anything alone. */
final class ChainTree {
  private final PrintWriter out;
  private final Screen screen;

  ChainTree(PrintWriter out, Screen screen) {
    this.out = out;
    this.screen = screen;
  }

  void print(RepositoryVerdict verdict) {
    String repository =
        verdict.repository().name()
            + (verdict.repository().revision().isEmpty()
                ? ""
                : " @ " + verdict.repository().revision());
    for (JudgedQuantization quantization : verdict.quantizations()) {
      print(repository, quantization);
    }
    if (verdict.quantizations().isEmpty()) {
      if (verdict.signatures().isEmpty()) {
        headline(
            Verdict.UNVERIFIED, repository, "no quantization, and no model signature of weights");
      }
      for (JudgedSignature signature : verdict.signatures()) {
        headline(signature.reason().verdict(), repository, "model signature");
        detail(signature.reason().name(), signature.detail());
        step("  ", true, LinkKind.MODEL_SIGNATURE, signature.statement(), signature.problem());
      }
    }
  }

  private void print(String repository, JudgedQuantization judged) {
    Quantization quantization = judged.evidence().quantization();
    Judgement judgement = judged.judgement();
    StringBuilder what = new StringBuilder(quantization.method().orElse(quantization.format()));
    quantization
        .bitsPerWeight()
        .ifPresent(bits -> what.append(String.format(Locale.ROOT, ", %.2f bits a weight", bits)));
    what.append(", ").append(Sizes.bytes(quantization.bytes()));
    if (quantization.files().size() > 1) {
      what.append(" in ").append(quantization.files().size()).append(" files");
    }
    headline(judgement.verdict(), repository + "/" + quantization.name(), what.toString());
    detail(judgement.reason().name(), judgement.detail());
    judged.bounds().ifPresent(this::bounds);

    List<Link> chain = judgement.links().subList(0, judgement.depth());
    String indent = "  ";
    for (Link link : chain) {
      step(indent, true, link.kind(), link.statement(), link.problem());
      indent += "   ";
    }
    // Where every link holds, the chain itself is at fault: it ends too early, or in a circle.
    if (!chain.isEmpty()
        && judgement.verdict() != Verdict.VERIFIED
        && judgement.reason() != Reason.UNATTESTED_EXTRAS
        && chain.stream().allMatch(Link::holds)) {
      out.println(indent + "└─ ✗ " + PlainText.line(judgement.detail()));
    }
    List<LoaderExtra> extras = judged.evidence().alsoLoaded();
    if (!extras.isEmpty()) {
      out.println("  a loader may also read these files, which no trusted signer covers:");
      for (int i = 0; i < extras.size(); i++) {
        extra(i == extras.size() - 1, extras.get(i));
      }
    }
    List<Link> others = judgement.links().subList(judgement.depth(), judgement.links().size());
    if (!others.isEmpty()) {
      out.println("  besides:");
      for (int i = 0; i < others.size(); i++) {
        Link link = others.get(i);
        step("  ", i == others.size() - 1, link.kind(), link.statement(), link.problem());
      }
    }
  }

  private void extra(boolean last, LoaderExtra extra) {
    out.println(
        "  "
            + (last ? "└─ " : "├─ ")
            + screen.colored(Verdict.UNVERIFIED, "?")
            + " "
            + PlainText.line(extra.file())
            + "  "
            + extra.kind().words());
  }

  private void headline(Verdict verdict, String what, String more) {
    out.println(
        screen.colored(verdict, verdict.name()) + "  " + PlainText.line(what) + "  (" + more + ")");
  }

  private void detail(String reason, String detail) {
    out.println("  " + reason + ": " + PlainText.line(detail));
  }

  private void bounds(BoundsReport bounds) {
    out.println(
        "  error bounds: %d claimed, %d hold, %d exceeded, %d not checked%s"
            .formatted(
                bounds.claimed(),
                bounds.hold(),
                bounds.exceeded(),
                bounds.unchecked(),
                bounds.detail().map(detail -> ": " + PlainText.line(detail)).orElse("")));
  }

  private void step(
      String indent,
      boolean last,
      LinkKind kind,
      CheckedStatement statement,
      Optional<Problem> problem) {
    String mark =
        problem.isEmpty()
            ? screen.colored(Verdict.VERIFIED, "✓")
            : screen.colored(Verdict.BROKEN, "✗");
    out.println(
        indent
            + (last ? "└─ " : "├─ ")
            + mark
            + " "
            + kind.name().toLowerCase(Locale.ROOT).replace('_', ' ')
            + "  "
            + PlainText.line(
                statement.isKeptElsewhere()
                    ? statement.name()
                    : statement.repository() + "/" + statement.name())
            + (problem.isEmpty() ? "" : "  " + problem.get().reason()));
    String below = indent + (last ? "   " : "│  ");
    statement.signature().signer().ifPresent(signer -> out.println(below + signed(signer)));
    statement
        .claim()
        .flatMap(claim -> claim.sourceModel())
        .ifPresent(
            model ->
                out.println(
                    below
                        + PlainText.line(
                            "from "
                                + model
                                + statement
                                    .claim()
                                    .flatMap(claim -> claim.sourceSha256())
                                    .map(sha256 -> " (sha256:" + sha256 + ")")
                                    .orElse(""))));
    problem.ifPresent(found -> out.println(below + PlainText.line(found.detail())));
  }

  static String signed(Signer signer) {
    return signed(signer, "trust root " + signer.root());
  }

  /** A signer under no trust root. */
  static String signedUnknown(Signer signer) {
    return signed(signer, "no trust root of the policy");
  }

  private static String signed(Signer signer, String root) {
    return PlainText.line(
        "signed by "
            + signer.identity()
            + (signer.issuer().isEmpty() ? "" : ", " + signer.issuer())
            + " ["
            + signer.method().name().toLowerCase(Locale.ROOT)
            + ", "
            + root
            + "]");
  }
}
