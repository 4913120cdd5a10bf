package dev.weighmaster.jobs.report;

import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.trust.TrustRootFile;
import dev.weighmaster.verdict.Party;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * What one run has found, in a bounded size: what needs attention is listed, the rest is counted.
 * {@code report.json} is this record. Nothing in it comes from the time at which it is made.
 *
 * @param totals of the run's quantizations
 * @param reasons those that occur, in the order of {@link Reason}
 * @param trend runs over the same hub up to this one, the oldest first
 * @param changes empty for the first run over a hub
 * @param broken newly broken first, then by name
 * @param notAudited quantizations whose verdict is ERROR, those that are new first
 * @param files files with which something is wrong, by path
 */
public record Report(
    Run run,
    Counts totals,
    List<ReasonCount> reasons,
    Breakdown formats,
    Breakdown methods,
    Breakdown organisations,
    List<TrendPoint> trend,
    Optional<Changes> changes,
    Coverage coverage,
    Excerpt<Finding> broken,
    Excerpt<Finding> notAudited,
    Excerpt<FileProblem> files) {
  public Report {
    reasons = List.copyOf(reasons);
    trend = List.copyOf(trend);
  }

  /**
   * The run, and what it went by.
   *
   * @param version of Weighmaster that made the run
   * @param policyDigest SHA-256 of the trust policy; empty where there was none
   */
  public record Run(
      String id,
      LocalDate date,
      String hub,
      Optional<String> inventory,
      String scope,
      Optional<String> earlierRun,
      Instant startedAt,
      Instant finishedAt,
      String version,
      Optional<String> policyDigest,
      List<TrustRootFile> trustRoots) {
    public Run {
      trustRoots = List.copyOf(trustRoots);
    }
  }

  /** Quantizations by verdict. */
  public record Counts(long verified, long unverified, long broken, long error) {
    static final Counts NONE = new Counts(0, 0, 0, 0);

    public long total() {
      return verified + unverified + broken + error;
    }

    /** How many have a verdict. */
    public long of(Verdict verdict) {
      return switch (verdict) {
        case VERIFIED -> verified;
        case UNVERIFIED -> unverified;
        case BROKEN -> broken;
        case ERROR -> error;
      };
    }

    Counts plus(Counts other) {
      return new Counts(
          verified + other.verified,
          unverified + other.unverified,
          broken + other.broken,
          error + other.error);
    }

    Counts minus(Counts other) {
      return new Counts(
          verified - other.verified,
          unverified - other.unverified,
          broken - other.broken,
          error - other.error);
    }
  }

  /** How many quantizations have a reason. */
  public record ReasonCount(
      Reason reason, Verdict verdict, List<Party> whoActs, long quantizations) {
    public ReasonCount {
      whoActs = List.copyOf(whoActs);
    }
  }

  /**
   * Quantizations by something else than their verdict.
   *
   * @param groups those with the most quantizations, most first
   * @param groupsNotListed how many more there are
   * @param notListed what is in those
   */
  public record Breakdown(List<Group> groups, long groupsNotListed, Counts notListed) {
    public Breakdown {
      groups = List.copyOf(groups);
    }
  }

  /**
   * One line of a {@link Breakdown}.
   *
   * @param name empty where it is not known
   */
  public record Group(Optional<String> name, Counts quantizations) {}

  /** One run of a trend. */
  public record TrendPoint(
      LocalDate date, String run, Instant finishedAt, Counts quantizations, String policyDigest) {}

  /**
   * What is different from an earlier run.
   *
   * @param since that run
   * @param policyChanged whether the two went by different trust policies
   * @param trustRootsChanged whether they went by different files of trust roots
   * @param transitions how many quantizations went from which verdict to which
   * @param newlyBroken BROKEN now, and not then
   * @param newlyNotAudited ERROR now, and not then
   * @param newlyUnverified UNVERIFIED now, and VERIFIED then
   * @param newlyVerified VERIFIED now, and not then
   * @param appeared not there then, whatever they are now
   * @param disappeared there then and not now
   * @param repositoriesAppeared of which there were no files then
   * @param repositoriesDisappeared of which there are no files now
   */
  public record Changes(
      EarlierRun since,
      boolean policyChanged,
      boolean trustRootsChanged,
      List<Transition> transitions,
      Excerpt<Change> newlyBroken,
      Excerpt<Change> newlyNotAudited,
      Excerpt<Change> newlyUnverified,
      Excerpt<Change> newlyVerified,
      Excerpt<Change> appeared,
      Excerpt<Change> disappeared,
      Excerpt<String> repositoriesAppeared,
      Excerpt<String> repositoriesDisappeared) {
    public Changes {
      transitions = List.copyOf(transitions);
    }

    /**
     * How many quantizations went from one verdict to another.
     *
     * @param before empty for those that were not there
     * @param now empty for those that are gone
     */
    public long count(Optional<Verdict> before, Optional<Verdict> now) {
      return transitions.stream()
          .filter(each -> each.before().equals(before) && each.now().equals(now))
          .mapToLong(Transition::quantizations)
          .sum();
    }
  }

  /** The run that another is compared with. */
  public record EarlierRun(String id, LocalDate date, Instant finishedAt, String version) {}

  /** An entry of {@link Changes#transitions}; empty is: not there. */
  public record Transition(Optional<Verdict> before, Optional<Verdict> now, long quantizations) {}

  /**
   * A quantization that is not what it was.
   *
   * @param before empty where it was not there
   * @param now empty where it is gone
   * @param whoActs by its reason now
   */
  public record Change(
      String repository,
      String revision,
      String quantization,
      Optional<Standing> before,
      Optional<Standing> now,
      List<Party> whoActs,
      Optional<String> detail) {
    public Change {
      whoActs = List.copyOf(whoActs);
    }
  }

  /** A verdict and why. */
  public record Standing(Verdict verdict, Reason reason) {}

  /**
   * What was looked at.
   *
   * @param filesRead to the end, by this run
   * @param filesCarriedOver with the digest of an earlier run, unchanged since by what the storage
   *     says
   * @param filesFailed without a digest
   * @param filesRotten with another digest than before, or than the store says, although the store
   *     holds them for unchanged
   * @param filesWithProblems with which anything is wrong, those above included
   * @param oldestDigestAt when the oldest digest that this run relies on was computed
   * @param requestsRepeated and tasks
   */
  public record Coverage(
      long repositories,
      long quantizations,
      long signedModels,
      long signedModelsHolding,
      long files,
      long bytes,
      long filesRead,
      long bytesRead,
      long filesCarriedOver,
      long filesFailed,
      long filesRotten,
      long filesWithProblems,
      Optional<Instant> oldestDigestAt,
      long requestsRepeated,
      List<KindCoverage> kinds) {
    public Coverage {
      kinds = List.copyOf(kinds);
    }
  }

  /** What was looked at of files of one kind. */
  public record KindCoverage(
      FileKind kind, long files, long bytes, long read, long carriedOver, long failed) {}

  /**
   * A quantization that needs attention.
   *
   * @param whoActs who can put it right, the likeliest first
   * @param before its verdict in the run that this one is compared with; empty where it was not
   *     there, or there is no such run
   * @param isNew whether there is such a run, and the verdict was another one then
   * @param chainDepth how many links of the chain have decided; those of other statements follow
   */
  public record Finding(
      String repository,
      String revision,
      String quantization,
      String format,
      Optional<String> method,
      Optional<String> digest,
      Optional<String> declaredBaseModel,
      Reason reason,
      List<Party> whoActs,
      Optional<Verdict> before,
      boolean isNew,
      String detail,
      int chainDepth,
      List<LinkRow> chain) {
    public Finding {
      whoActs = List.copyOf(whoActs);
      chain = List.copyOf(chain);
    }

    /** The links that have decided, from the quantization towards the source. */
    public List<LinkRow> deciding() {
      return chain.subList(0, Math.min(chainDepth, chain.size()));
    }

    /** The links of other statements. */
    public List<LinkRow> others() {
      return chain.subList(Math.min(chainDepth, chain.size()), chain.size());
    }
  }

  /**
   * A file with which something is wrong.
   *
   * @param path relative to the hub's root
   * @param problem a reason code and what was found
   * @param hasDigest whether it could be read to its end
   */
  public record FileProblem(String path, FileKind kind, String problem, boolean hasDigest) {}

  /** Some of what there is, in order. */
  public record Excerpt<T>(long total, List<T> listed) {
    public Excerpt {
      listed = List.copyOf(listed);
    }

    static <T> Excerpt<T> none() {
      return new Excerpt<>(0, List.of());
    }

    public long notListed() {
      return total - listed.size();
    }
  }
}
