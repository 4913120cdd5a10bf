package dev.weighmaster.jobs.badge;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.jobs.page.Chip;
import dev.weighmaster.jobs.page.PageAsset;
import dev.weighmaster.jobs.page.Pages;
import dev.weighmaster.jobs.page.VisibleText;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the page of one quantization shows. Everything in it that came from a hub is visible text,
 * which the template escapes.
 *
 * @param chain from the quantization towards its source
 * @param besides other statements about it, which did not decide
 * @param left links that are in the table, but not shown
 * @param extras what a program may load with the weights, though no trusted signer covers it
 * @param verifiedBefore when the quantization was last verified, where it is unverified now
 */
public record ChainPage(
    Verdict verdict,
    String badge,
    Explanation explanation,
    String reason,
    String detail,
    String repository,
    String quantization,
    List<Fact> facts,
    Optional<String> sha256,
    List<Step> chain,
    List<Step> besides,
    int left,
    List<Extra> extras,
    Optional<String> verifiedBefore,
    String auditedAt,
    String hub,
    String runId) {
  private static final PageAsset STYLE = PageAsset.of("style.css");

  /** A chain is as long as a policy allows, by default 8; nobody reads a longer one. */
  private static final int SHOWN = 32;

  /** A pair of a name and a value. */
  public record Fact(String name, String value, boolean digest) {}

  /** A file that a program may load with the weights, and what it is to it. */
  public record Extra(String file, String what) {}

  /** One link. */
  public record Step(String says, boolean holds, String reason, List<Fact> facts) {}

  /**
   * The page of a row.
   *
   * @param evidence by a statement's digest, the path of the file below the hub that it lies in
   * @param verifiedBefore the date of the audit before, if the quantization was verified in it
   */
  static ChainPage of(
      AuditRow row, Map<String, String> evidence, Optional<LocalDate> verifiedBefore) {
    int depth = Math.max(0, Math.min(row.chainDepth(), row.chain().size()));
    List<LinkRow> chain = row.chain().subList(0, depth);
    List<LinkRow> besides = row.chain().subList(depth, row.chain().size());
    return new ChainPage(
        row.verdict(),
        BadgeSvg.of(Badge.of(row)).strip(),
        Explanation.of(row.reason()),
        row.reason().name(),
        VisibleText.of(row.detail()),
        VisibleText.of(row.repository()),
        VisibleText.of(row.quantization()),
        facts(row),
        row.fileCount() == 1 ? row.digest().map(VisibleText::of) : Optional.empty(),
        steps(chain, evidence),
        steps(besides, evidence),
        Math.max(0, chain.size() - SHOWN) + Math.max(0, besides.size() - SHOWN),
        row.alsoLoaded().orElse(List.of()).stream()
            .map(extra -> new Extra(VisibleText.of(extra.file()), extra.kind().words()))
            .toList(),
        verifiedBefore.filter(date -> row.verdict() == Verdict.UNVERIFIED).map(LocalDate::toString),
        time(row.auditedAt()),
        VisibleText.of(row.hub()),
        VisibleText.of(row.runId()));
  }

  /** The whole page. */
  String html() {
    return Pages.render("badge/chain.jte", this);
  }

  /** The verdict, as the page shows it. */
  public Chip chip() {
    return Chip.of(verdict);
  }

  /** The style that the page carries. */
  public PageAsset style() {
    return STYLE;
  }

  /** Whether the chain's links all hold, and yet it does not verify: its end is at fault. */
  public boolean endsEarly() {
    return verdict != Verdict.VERIFIED
        && !reason.equals(Reason.UNATTESTED_EXTRAS.name())
        && !chain.isEmpty()
        && left == 0
        && chain.stream().allMatch(Step::holds);
  }

  private static List<Fact> facts(AuditRow row) {
    List<Fact> facts = new ArrayList<>();
    fact(facts, "Repository", row.repository());
    if (!row.revision().isEmpty()) {
      fact(facts, "Revision", row.revision());
    }
    fact(facts, row.fileCount() == 1 ? "File" : "First of its files", row.quantization());
    fact(
        facts,
        "Format",
        row.format()
            + row.method().map(method -> ", " + method).orElse("")
            + row.bitsPerWeight()
                .map(bits -> String.format(Locale.ROOT, ", %.2f bits a weight", bits))
                .orElse(""));
    fact(
        facts,
        "Size",
        String.format(Locale.ROOT, "%,d bytes", row.bytes())
            + (row.fileCount() == 1 ? "" : " in " + row.fileCount() + " files"));
    row.digest()
        .ifPresent(
            digest -> digest(facts, row.fileCount() == 1 ? "SHA-256" : "OMS root digest", digest));
    row.declaredBaseModel().ifPresent(model -> fact(facts, "The model card says from", model));
    if (row.verdict() == Verdict.VERIFIED) {
      row.sourceModel().ifPresent(model -> fact(facts, "Made from", model));
      row.sourcePublisher().ifPresent(signer -> fact(facts, "Which was signed by", signer));
    } else {
      row.sourceModel().ifPresent(model -> fact(facts, "The statement says from", model));
    }
    row.tool()
        .ifPresent(
            tool ->
                fact(
                    facts,
                    "Tool, as attested",
                    tool + row.toolVersion().map(version -> " " + version).orElse("")));
    return List.copyOf(facts);
  }

  private static List<Step> steps(List<LinkRow> links, Map<String, String> evidence) {
    return links.stream().limit(SHOWN).map(link -> step(link, evidence)).toList();
  }

  private static Step step(LinkRow link, Map<String, String> evidence) {
    List<Fact> facts = new ArrayList<>();
    link.signerIdentity().ifPresent(signer -> fact(facts, "Signed by", signer));
    link.signerIssuer().ifPresent(issuer -> fact(facts, "Identity confirmed by", issuer));
    link.signingMethod().ifPresent(method -> fact(facts, "Signed with", words(method)));
    link.signedAt().ifPresent(at -> fact(facts, "Signed at", time(at)));
    link.logIndex()
        .ifPresent(index -> fact(facts, "Entry in the transparency log", index.toString()));
    link.sourceModel().ifPresent(model -> fact(facts, "Names as its source", model));
    link.sourceDigest().ifPresent(digest -> digest(facts, "The source's digest", digest));
    link.subjectDigest().ifPresent(digest -> digest(facts, "Is about", digest));
    link.statementDigest()
        .flatMap(digest -> Optional.ofNullable(evidence.get(digest)))
        .ifPresent(path -> fact(facts, "Lies in the hub at", path));
    link.statementDigest().ifPresent(digest -> digest(facts, "The statement's SHA-256", digest));
    boolean holds = link.holds() && link.reason() == Reason.OK;
    return new Step(words(link.kind()), holds, link.reason().name(), List.copyOf(facts));
  }

  private static void fact(List<Fact> facts, String name, String value) {
    facts.add(new Fact(name, VisibleText.of(value), false));
  }

  private static void digest(List<Fact> facts, String name, String value) {
    facts.add(new Fact(name, VisibleText.of(value), true));
  }

  private static String words(LinkKind kind) {
    return switch (kind) {
      case MODEL_SIGNATURE -> "These are the files that the publisher signed";
      case EMBEDDED_SIGNATURE ->
          "The publisher signed this source, which is not in the hub: nobody has looked at it";
      case QUANTIZATION -> "Quantized from a source";
      case DERIVATION -> "Derived from a source, bit by bit";
      case CONVERSION -> "Converted from a source in full precision";
      case OTHER -> "A statement of another kind, or one that can't be read";
    };
  }

  private static String words(SigningMethod method) {
    return switch (method) {
      case SIGSTORE -> "an identity, through Sigstore";
      case KEY -> "a key";
      case CERTIFICATE -> "a certificate";
    };
  }

  private static String time(Instant instant) {
    return instant
        .truncatedTo(ChronoUnit.SECONDS)
        .toString()
        .replace('T', ' ')
        .replace("Z", " UTC");
  }
}
