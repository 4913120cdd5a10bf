package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ForwardingStorage;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationsTest {
  private static final ServiceLimits LIMITS =
      ServiceLimits.of(1, Duration.ofMinutes(2), Long.MAX_VALUE);

  @TempDir private Path folder;
  private SmallHub small;
  private GatedStorage hub;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
    hub = new GatedStorage(new LocalStorage(small.hub()));
  }

  @Test
  void twoWhoAskAtOnceShareOneComputation() throws Exception {
    int opensOfOne;
    try (Verifications alone = verifications(LIMITS)) {
      alone.verify(wanted());
      opensOfOne = hub.opens.get();
    }
    try (Verifications shared = verifications(LIMITS)) {
      hub.close(true);
      List<Asking> asking = List.of(ask(shared), ask(shared));
      asking.forEach(Asking::untilItWaits);
      hub.close(false);

      assertThat(asking.get(0).verdict()).isSameAs(asking.get(1).verdict());
      assertThat(hub.opens).hasValue(2 * opensOfOne);
    }
  }

  @Test
  void whoAsksAfterAChangeDoesNotGetTheVerdictOnWhatWasBefore() throws Exception {
    ServiceLimits two = ServiceLimits.of(2, Duration.ofMinutes(2), Long.MAX_VALUE);
    try (Verifications verifications = verifications(two)) {
      hub.close(true);
      Asking before = ask(verifications);
      before.untilItWaits();
      byte[] other = SmallHub.quantization();
      other[other.length - 1]++;
      small.write(SmallHub.QUANTIZED + "/base-Q4_0.gguf", other);
      Asking after = ask(verifications);
      after.untilItWaits();
      hub.close(false);

      assertThat(after.verdict()).isNotSameAs(before.verdict());
      assertThat(after.verdict().verdict()).isEqualTo(Verdict.BROKEN);
      assertThat(before.verdict().verdict()).isEqualTo(Verdict.BROKEN);
    }
  }

  @Test
  void whoFindsEveryPlaceTakenIsSentAwayAtOnce() throws Exception {
    try (Verifications verifications = verifications(LIMITS)) {
      hub.close(true);
      List<Asking> asking = new ArrayList<>();
      for (int i = 0; i < LIMITS.maxWaiting(); i++) {
        asking.add(ask(verifications));
      }
      asking.forEach(Asking::untilItWaits);

      assertRefused(Kind.BUSY, () -> verifications.verify(wanted()));

      hub.close(false);
      for (Asking each : asking) {
        assertThat(each.verdict().verdict()).isEqualTo(Verdict.VERIFIED);
      }
    }
  }

  @Test
  void whatTakesTooLongIsRefusedAndReadsNoFurther() throws Exception {
    ServiceLimits short1 = ServiceLimits.of(1, Duration.ofMillis(1), Long.MAX_VALUE);
    try (Verifications verifications = verifications(short1)) {
      hub.close(true);
      assertRefused(Kind.OUT_OF_TIME, () -> verifications.verify(wanted()));
      hub.close(false);
    }
    assertThat(hub.opens.get()).isLessThanOrEqualTo(1);
  }

  @Test
  void whoJoinsAVerificationIsNotToldThatItsOwnTimeIsOverWhenTheFirstOnesIs() throws Exception {
    List<Budget> budgets = new CopyOnWriteArrayList<>();
    try (Verifications verifications =
        new Verifications(
            hub,
            new CurrentPolicy(Optional.of(small.policy())),
            LIMITS,
            new ServiceMetrics(),
            () -> {
              Budget budget = new Budget(LIMITS);
              budgets.add(budget);
              return budget;
            })) {
      hub.close(true);
      Asking first = ask(verifications);
      first.untilItWaits();
      Asking later = ask(verifications);
      later.untilItWaits();
      budgets.get(0).expire();

      assertRefused(Kind.OUT_OF_TIME, first::verdictOrRefusal);
      assertRefused(Kind.BUSY, later::verdictOrRefusal);
      hub.close(false);
      assertThat(verifications.verify(wanted()).verdict()).isEqualTo(Verdict.VERIFIED);
    }
  }

  @Test
  void theThreadThatWasInterruptedVerifiesTheNextRepositoryAsEver() throws Exception {
    small.write("nobody/tiny/m-Q4_0.gguf", SmallHub.quantization());
    VerifyRequest tiny = VerifyRequest.of(RepositoryName.parse("nobody/tiny"), Optional.empty());
    ServiceLimits little =
        ServiceLimits.of(1, Duration.ofMinutes(2), SmallHub.quantization().length);
    try (Verifications verifications = verifications(little)) {
      for (int i = 0; i < 20; i++) {
        assertRefused(Kind.REPOSITORY_TOO_LARGE, () -> verifications.verify(wanted()));
        assertThat(verifications.verify(tiny).quantizations())
            .singleElement()
            .satisfies(
                each -> assertThat(each.judgement().reason()).isEqualTo(Reason.NO_ATTESTATION));
      }
    }
  }

  @Test
  void moreBytesThanOneMayReadAreRefusedWithTheSourcesOnesAmongThem() throws Exception {
    long own = 0;
    try (var files = Files.list(small.hub().resolve(SmallHub.QUANTIZED))) {
      for (Path file : files.toList()) {
        own += Files.size(file);
      }
    }
    try (Verifications verifications =
        verifications(ServiceLimits.of(1, Duration.ofMinutes(2), own))) {
      assertRefused(Kind.REPOSITORY_TOO_LARGE, () -> verifications.verify(wanted()));
    }
  }

  @Test
  void aBadgeIsNotWorkedOutAgainUntilSomethingUnderItChanges() throws Exception {
    try (Verifications verifications = verifications(LIMITS)) {
      RepositoryVerdict first = verifications.verify(wanted());
      int opens = hub.opens.get();

      assertThat(verifications.recent(wanted())).isSameAs(first);
      assertThat(hub.opens).hasValue(opens);

      small.write(SmallHub.SOURCE + "/config.json", "{ }".getBytes(UTF_8));
      RepositoryVerdict second = verifications.recent(wanted());
      assertThat(first.verdict()).isEqualTo(Verdict.VERIFIED);
      assertThat(second.verdict()).isEqualTo(Verdict.BROKEN);
    }
  }

  @Test
  void aPolicyThatChangesCountsFromTheNextVerdictOn() throws Exception {
    try (Verifications verifications = verifications(LIMITS)) {
      assertThat(verifications.verify(wanted()).verdict()).isEqualTo(Verdict.VERIFIED);
      Files.writeString(small.policy(), "version: 1\n");

      RepositoryVerdict now = verifications.recent(wanted());

      assertThat(now.verdict()).isNotEqualTo(Verdict.VERIFIED);
      assertThat(now.quantizations().get(0).judgement().reason()).isNotEqualTo(Reason.OK);
      Files.writeString(small.policy(), "version: no\n");
      assertRefused(Kind.UNAVAILABLE, () -> verifications.verify(wanted()));
      assertRefused(Kind.UNAVAILABLE, () -> verifications.recent(wanted()));
      assertThat(verifications.faults()).containsExactly("policy");
    }
  }

  @Test
  void ofSeveralRevisionsTheOneOfMainIsMeant() throws Exception {
    Path cached = small.hub().resolve("models--quants--many");
    for (String revision : List.of("aaa", "bbb")) {
      Path snapshot = Files.createDirectories(cached.resolve("snapshots").resolve(revision));
      Files.write(snapshot.resolve("m-Q4_0.gguf"), SmallHub.quantization());
    }
    RepositoryName many = RepositoryName.parse("quants/many");
    try (Verifications verifications = verifications(LIMITS)) {
      VerifyRequest any = VerifyRequest.of(many, Optional.empty());
      assertRefused(Kind.SEVERAL_REVISIONS, () -> verifications.verify(any));

      Files.createDirectories(cached.resolve("refs"));
      Files.writeString(cached.resolve("refs/main"), "bbb");
      assertThat(verifications.verify(any).repository().revision()).isEqualTo("bbb");
      VerifyRequest named = VerifyRequest.of(many, Optional.of("aaa"));
      assertThat(verifications.verify(named).repository().revision()).isEqualTo("aaa");
      assertRefused(
          Kind.NOT_FOUND, () -> verifications.verify(VerifyRequest.of(many, Optional.of("ccc"))));
    }
  }

  private Verifications verifications(ServiceLimits limits) throws Exception {
    return new Verifications(
        hub, new CurrentPolicy(Optional.of(small.policy())), limits, new ServiceMetrics());
  }

  private static VerifyRequest wanted() throws Refusal {
    return VerifyRequest.of(RepositoryName.parse(SmallHub.QUANTIZED), Optional.empty());
  }

  private interface Work {
    void run() throws Refusal;
  }

  private static void assertRefused(Kind kind, Work work) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(kind));
  }

  private static Asking ask(Verifications verifications) {
    FutureTask<RepositoryVerdict> task = new FutureTask<>(() -> verifications.verify(wanted()));
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
    return new Asking(thread, task);
  }

  private record Asking(Thread thread, FutureTask<RepositoryVerdict> task) {
    /** Until its verdict is being worked out, by itself or for another. */
    void untilItWaits() {
      while (thread.getState() != Thread.State.TIMED_WAITING && !task.isDone()) {
        Thread.onSpinWait();
      }
    }

    RepositoryVerdict verdict() throws Exception {
      return task.get();
    }

    void verdictOrRefusal() throws Refusal {
      try {
        task.get();
      } catch (ExecutionException e) {
        assertThat(e).cause().isInstanceOf(Refusal.class);
        throw (Refusal) e.getCause();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A hub whose files can't be opened while its gate is closed. */
  private static final class GatedStorage extends ForwardingStorage {
    private final AtomicInteger opens = new AtomicInteger();
    private volatile CountDownLatch gate = new CountDownLatch(0);

    GatedStorage(Storage hub) {
      super(hub);
    }

    void close(boolean closed) {
      CountDownLatch before = gate;
      gate = new CountDownLatch(closed ? 1 : 0);
      before.countDown();
    }

    @Override
    public ByteSource open(Entry file, long offset, long length) throws IOException {
      opens.incrementAndGet();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return super.open(file, offset, length);
    }
  }
}
