package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weighmaster.audit.AttestationStore;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.jobs.verify.RepositoryCheck;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.verdict.Quoted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies repositories of one hub, a bounded number at a time. Thread-safe.
 *
 * <p>A request for a repository that is already being verified waits for that verdict, if the
 * repository's files and the policy are still those that it was started with. The verification runs
 * on the time of whoever asked first. When that is over, later callers are asked to call again:
 * their own time may not be over yet.
 */
final class Verifications implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Verifications.class);
  private static final int MAX_REMEMBERED = 1000;

  /** Whether a certificate is valid depends on the time too. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final int MAX_REF = 255;

  private final Storage hub;
  private final CurrentPolicy policy;
  private final Supplier<Budget> newBudgets;
  private final ServiceMetrics metrics;
  private final ExecutorService workers;
  private final Semaphore waiting;
  private final Semaphore forBadges;
  private final Map<Wanted, Future<Computed>> running = new ConcurrentHashMap<>();
  private final Set<Budget> budgets = ConcurrentHashMap.newKeySet();
  private final Map<Repository, Computed> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Repository, Computed> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** With other files, or under another policy, it is another computation. */
  private record Wanted(Repository repository, List<HubFile> files, BundleVerifier verifier) {}

  private record Computed(
      RepositoryVerdict verdict, BundleVerifier verifier, SeenListings seen, Instant at) {}

  Verifications(Storage hub, CurrentPolicy policy, ServiceLimits limits, ServiceMetrics metrics) {
    this(hub, policy, limits, metrics, () -> new Budget(limits));
  }

  /**
   * Makes one whose requests have budgets of the caller's choice.
   *
   * @param newBudgets gives one for each request
   */
  Verifications(
      Storage hub,
      CurrentPolicy policy,
      ServiceLimits limits,
      ServiceMetrics metrics,
      Supplier<Budget> newBudgets) {
    this.hub = hub;
    this.policy = policy;
    this.newBudgets = newBudgets;
    this.metrics = metrics;
    this.waiting = new Semaphore(limits.maxWaiting());
    this.forBadges = new Semaphore(Math.max(1, limits.workers() / 2));
    this.workers =
        new ThreadPoolExecutor(
            limits.workers(),
            limits.workers(),
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(limits.maxWaiting()),
            task -> {
              Thread thread = new Thread(task, "weighmaster-verify");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * The verdict on a repository by its bytes as they are now.
   *
   * @throws Refusal if there is none, for whatever reason
   */
  RepositoryVerdict verify(VerifyRequest request) throws Refusal {
    return admitted(budget -> verify(find(request, budget), budget).verdict());
  }

  /**
   * The verdict on a repository: the newest that was given, if nothing that it rests on has changed
   * since.
   *
   * @throws Refusal if there is none, for whatever reason
   */
  RepositoryVerdict recent(VerifyRequest request) throws Refusal {
    return admitted(budget -> recent(find(request, budget), budget).verdict());
  }

  /** What keeps the service from verifying anything, in words for its caller. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    try {
      hub.stat("");
    } catch (IOException e) {
      LOG.warn("the hub can't be looked at: {}", line(e));
      faults.add("hub");
    }
    try {
      policy.verifier();
    } catch (PolicyException e) {
      LOG.warn("the policy can't be read: {}", line(e));
      faults.add("policy");
    }
    return faults;
  }

  /** Stops what still runs. */
  @Override
  public void close() {
    budgets.forEach(Budget::stop);
    workers.shutdownNow();
  }

  private interface Work<T> {
    T within(Budget budget) throws Refusal, IOException;
  }

  private <T> T admitted(Work<T> work) throws Refusal {
    if (!waiting.tryAcquire()) {
      throw busy();
    }
    Budget budget = newBudgets.get();
    try {
      return work.within(budget);
    } catch (IOException | UncheckedIOException e) {
      throw failure(budget, e);
    } finally {
      waiting.release();
    }
  }

  private Computed recent(Repository repository, Budget budget) throws Refusal, IOException {
    Computed newest;
    synchronized (remembered) {
      newest = remembered.get(repository);
    }
    if (newest != null
        && newest.at.plus(REMEMBERED).isAfter(Instant.now())
        && newest.verifier == verifier()
        && newest.seen.stillHold(new WatchedStorage(hub, budget))) {
      return newest;
    }
    if (!forBadges.tryAcquire()) {
      throw new Refusal(Kind.BUSY, "too many badges are being worked out; try again soon");
    }
    try {
      return verify(repository, budget);
    } finally {
      forBadges.release();
    }
  }

  private Computed verify(Repository repository, Budget budget) throws Refusal, IOException {
    List<HubFile> files = Inventory.files(new WatchedStorage(hub, budget), repository);
    Wanted wanted = new Wanted(repository, files, verifier());
    FutureTask<Computed> mine = new FutureTask<>(() -> compute(wanted, budget));
    Future<Computed> before = running.putIfAbsent(wanted, mine);
    if (before == null) {
      start(wanted, mine);
    }
    try {
      return (before == null ? mine : before).get(budget.left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (CancellationException e) {
      throw busy();
    } catch (TimeoutException e) {
      if (before == null) {
        budget.expire();
      }
      throw budget.refusal(Kind.OUT_OF_TIME);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw budget.refusal(Kind.UNAVAILABLE);
    } catch (ExecutionException e) {
      Refusal refusal = cause(e);
      throw before != null && refusal.kind() == Kind.OUT_OF_TIME ? outOfAnothersTime() : refusal;
    }
  }

  private void start(Wanted wanted, FutureTask<Computed> task) {
    metrics.started();
    try {
      workers.execute(task);
    } catch (RejectedExecutionException e) {
      // Workers that are busy beyond their time, or the service is being stopped.
      running.remove(wanted, task);
      metrics.ended();
      task.cancel(false);
    }
  }

  private static Refusal busy() {
    return new Refusal(Kind.BUSY, "too many repositories are being verified; try again soon");
  }

  private static Refusal outOfAnothersTime() {
    return new Refusal(
        Kind.BUSY,
        "the repository was already being verified for another caller, whose time is over; try"
            + " again");
  }

  private static Refusal cause(ExecutionException e) {
    if (e.getCause() instanceof Refusal refusal) {
      return refusal;
    }
    LOG.error("a verification has failed", e.getCause());
    return new Refusal(Kind.INTERNAL, "the verification has failed; the service's log says why");
  }

  private Computed compute(Wanted wanted, Budget budget) throws Refusal {
    Instant now = Instant.now();
    budgets.add(budget);
    budget.work();
    try {
      budget.check();
      BundleVerifier verifier = wanted.verifier;
      WatchedStorage storage = new WatchedStorage(hub, budget);
      RepositoryVerdict verdict =
          new RepositoryCheck(storage, verifier, AttestationStore.NONE, false)
              .of(wanted.repository, Optional.empty());
      // A read that failed for the budget's sake may have become a verdict of its own.
      budget.check();
      Computed computed = new Computed(verdict, verifier, storage.seen(), now);
      synchronized (remembered) {
        remembered.put(wanted.repository, computed);
      }
      metrics.judged(verdict, budget.bytesTaken());
      return computed;
    } catch (IOException | UncheckedIOException | WorkStopped e) {
      throw failure(budget, e);
    } finally {
      budget.rest();
      budgets.remove(budget);
      running.remove(wanted);
      metrics.ended();
    }
  }

  private static Refusal failure(Budget budget, Exception e) {
    if (budget.refusal().isPresent()) {
      return budget.refusal().get();
    }
    if (e instanceof NoSuchFileException) {
      return new Refusal(Kind.NOT_FOUND, "the repository is no longer in the hub");
    }
    LOG.warn("the hub can't be read: {}", line(e));
    return new Refusal(Kind.UNAVAILABLE, "the hub can't be read; the service's log says why");
  }

  private BundleVerifier verifier() throws Refusal {
    try {
      return policy.verifier();
    } catch (PolicyException e) {
      LOG.warn("the policy can't be read: {}", line(e));
      throw new Refusal(
          Kind.UNAVAILABLE, "the trust policy can't be read; the service's log says why");
    }
  }

  private Repository find(VerifyRequest request, Budget budget) throws Refusal, IOException {
    Storage storage = new WatchedStorage(hub, budget);
    List<Repository> revisions = Inventory.named(storage, request.repository().toString());
    if (revisions.isEmpty()) {
      throw new Refusal(Kind.NOT_FOUND, "the hub has no such repository");
    }
    Optional<String> wanted = request.revision();
    if (wanted.isEmpty() && revisions.size() > 1) {
      wanted = mainRevision(storage, request.repository());
    }
    if (wanted.isEmpty()) {
      if (revisions.size() > 1) {
        throw new Refusal(
            Kind.SEVERAL_REVISIONS,
            "the hub has " + revisions.size() + " revisions of the repository: name one");
      }
      return revisions.get(0);
    }
    String revision = wanted.get();
    return revisions.stream()
        .filter(each -> each.revision().equals(revision))
        .findFirst()
        .or(
            () ->
                revisions.stream()
                    .filter(each -> each.revision().isEmpty() && request.orUnversioned())
                    .findFirst())
        .orElseThrow(
            () -> new Refusal(Kind.NOT_FOUND, "the hub does not have this revision of it"));
  }

  /** The revision that a Hugging Face cache has for the branch {@code main}. */
  private static Optional<String> mainRevision(Storage storage, RepositoryName name)
      throws IOException {
    Entry ref;
    try {
      ref = storage.stat("models--" + name.organisation() + "--" + name.name() + "/refs/main");
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (ref.type() != Storage.Type.FILE || ref.size() > MAX_REF) {
      return Optional.empty();
    }
    var bytes = new ByteArrayOutputStream();
    try (ByteSource source = storage.open(ref)) {
      for (ByteBuffer chunk = source.next(); chunk.hasRemaining(); chunk = source.next()) {
        while (chunk.hasRemaining()) {
          bytes.write(chunk.get());
        }
      }
    }
    return Optional.of(bytes.toString(US_ASCII).strip());
  }

  private static String line(Exception e) {
    return Quoted.line(Optional.ofNullable(e.getMessage()).orElseGet(e::toString));
  }
}
