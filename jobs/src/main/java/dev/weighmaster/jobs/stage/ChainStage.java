package dev.weighmaster.jobs.stage;

import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.JudgedCase;
import dev.weighmaster.chain.Judgement;
import dev.weighmaster.chain.QuantizationCase;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.SourceKey;
import dev.weighmaster.chain.SourceLookup;
import dev.weighmaster.chain.SourceQuery;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.Kept;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Judges every quantization. What its chain names in other repositories is found by joins: a case
 * that asks for sources that it does not have yet waits for the next round, so there are about as
 * many rounds as the longest chain has links.
 */
public final class ChainStage {
  private static final Logger LOG = LoggerFactory.getLogger(ChainStage.class);

  private ChainStage() {}

  /** A quantization among all of the hub's. */
  record CaseKey(String repository, String revision, String quantization, String format) {}

  /**
   * A case that is not judged yet, or just judged.
   *
   * @param asked what was looked up already
   * @param found what that gave
   * @param wanted what the last try asked for besides
   * @param judgement empty as long as something is wanted
   * @param at when that was tried
   */
  record OpenCase(
      QuantizationCase evidence,
      List<SourceQuery> asked,
      List<Source> found,
      List<SourceQuery> wanted,
      Optional<Judgement> judgement,
      Instant at) {

    static OpenCase of(QuantizationCase found) {
      return new OpenCase(found, List.of(), List.of(), List.of(), Optional.empty(), Instant.EPOCH);
    }

    CaseKey key() {
      return new CaseKey(
          evidence.quantization().repository(),
          evidence.quantization().revision(),
          evidence.quantization().name(),
          evidence.quantization().format());
    }

    OpenCase with(List<Source> fresh) {
      Set<Source> all = new LinkedHashSet<>(found);
      all.addAll(fresh);
      return new OpenCase(
          evidence,
          Stream.concat(asked.stream(), wanted.stream()).toList(),
          List.copyOf(all),
          List.of(),
          Optional.empty(),
          at);
    }

    Optional<JudgedCase> judged() {
      return judgement.map(reached -> new JudgedCase(evidence, reached, at));
    }
  }

  /** Judges the cases of all repositories. */
  public static JavaRDD<JudgedCase> judge(
      JavaRDD<RepositoryEvidence> evidence, RunContext context) {
    Broadcast<ExecutorPolicy> policy = context.policy();
    Kept kept = context.kept();
    JavaPairRDD<SourceKey, Source> sources =
        evidence.flatMap(repository -> repository.sources().iterator()).keyBy(Source::key);
    JavaRDD<OpenCase> open =
        kept.keep(
            evidence
                .flatMap(repository -> repository.cases().iterator())
                .map(OpenCase::of)
                .map(fresh -> judge(fresh, policy.value().judge())));
    JavaRDD<JudgedCase> judged = judged(open);
    while (true) {
      JavaRDD<OpenCase> waiting = open.filter(each -> each.judgement().isEmpty());
      if (waiting.isEmpty()) {
        return judged;
      }
      open =
          kept.keep(
              waiting
                  .keyBy(OpenCase::key)
                  .cogroup(found(waiting, sources, policy))
                  .values()
                  .flatMap(each -> again(each._1(), each._2(), policy.value().judge())));
      judged = judged.union(judged(open));
    }
  }

  private static JavaRDD<JudgedCase> judged(JavaRDD<OpenCase> cases) {
    return cases.flatMap(each -> each.judged().stream().iterator());
  }

  private static Iterator<OpenCase> again(
      Iterable<OpenCase> waited, Iterable<Found> found, ChainJudge judge) {
    List<Source> fresh = new ArrayList<>();
    found.forEach(each -> fresh.addAll(each.sources()));
    List<OpenCase> judged = new ArrayList<>();
    waited.forEach(each -> judged.add(judge(each.with(fresh), judge)));
    return judged.iterator();
  }

  private static OpenCase judge(OpenCase open, ChainJudge judge) {
    Set<SourceQuery> wanted = new LinkedHashSet<>();
    SourceLookup lookup =
        query -> {
          if (!open.asked().contains(query)) {
            wanted.add(query);
          }
          return open.found();
        };
    Judgement judgement = judged(open, judge, lookup);
    return new OpenCase(
        open.evidence(),
        open.asked(),
        open.found(),
        List.copyOf(wanted),
        wanted.isEmpty() ? Optional.of(judgement) : Optional.empty(),
        Instant.now());
  }

  private static Judgement judged(OpenCase open, ChainJudge judge, SourceLookup lookup) {
    try {
      return judge.judge(open.evidence(), lookup);
    } catch (RuntimeException e) {
      // A fault of ours in one hostile chain must not cost the rows of all others.
      LOG.error("{} can't be judged", open.key(), e);
      return Judgement.without(
          new Problem(Reason.IO_ERROR, "the quantization can't be judged: " + e));
    }
  }

  /** What the waiting cases asked for. What many of them ask for is looked up once. */
  private static JavaPairRDD<CaseKey, Found> found(
      JavaRDD<OpenCase> waiting,
      JavaPairRDD<SourceKey, Source> sources,
      Broadcast<ExecutorPolicy> policy) {
    JavaPairRDD<SourceQuery, Found> found =
        waiting
            .flatMap(each -> each.wanted().iterator())
            .distinct()
            .keyBy(SourceQuery::key)
            .join(sources)
            .values()
            .filter(pair -> pair._1().isOf(pair._2()))
            .mapToPair(
                pair ->
                    new Tuple2<>(
                        pair._1(),
                        new Found(pair._1(), List.of(pair._2())).limited(policy.value().judge())))
            .reduceByKey((one, other) -> one.and(other).limited(policy.value().judge()));
    return waiting
        .flatMapToPair(
            each ->
                each.wanted().stream().map(wanted -> new Tuple2<>(wanted, each.key())).iterator())
        .join(found)
        .mapToPair(Tuple2::_2);
  }

  /** What answers a query: of bytes that thousands of repositories share, a few places. */
  record Found(SourceQuery query, List<Source> sources) {
    Found and(Found other) {
      return new Found(
          query, Stream.concat(sources.stream(), other.sources.stream()).distinct().toList());
    }

    Found limited(ChainJudge judge) {
      return new Found(query, judge.answers(sources, query));
    }
  }
}
