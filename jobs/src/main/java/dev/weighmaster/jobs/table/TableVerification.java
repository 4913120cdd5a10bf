package dev.weighmaster.jobs.table;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Checks an audit table against what its own rows in {@code runs} say: each run's Parquet files by
 * their bytes, digests and rows, and the rows by the run's counts. Whoever can write all of the
 * table can also write a row in {@code runs} that fits: this finds what was lost, damaged, or
 * changed by halves. Against a change of all of it stands the run's signature.
 */
public final class TableVerification {
  private final AuditTable audits;
  private Optional<String> only = Optional.empty();
  private TrustPolicy policy = TrustPolicy.none();

  /** Sets up a check of all runs. */
  public TableVerification(AuditTable table) {
    audits = table;
  }

  /** Checks only the run of this id. */
  public TableVerification run(String id) {
    only = Optional.of(id);
    return this;
  }

  /** Checks the runs' signatures by a policy, which names the auditors; else nobody is trusted. */
  public TableVerification policy(TrustPolicy auditors) {
    policy = auditors;
    return this;
  }

  /**
   * What was found.
   *
   * @param runs by their ids, that is, by the time at which they began
   * @param orphans folders and files that belong to no run in {@code runs}: a run is being
   *     published, or was broken off; relative to the table
   */
  public record Verification(List<VerifiedRun> runs, List<String> orphans) {
    public Verification {
      runs = List.copyOf(runs);
      orphans = List.copyOf(orphans);
    }
  }

  /**
   * What was found of one run.
   *
   * @param files its Parquet files, those that are missing not among them
   * @param rows in them
   * @param signature of the run, over what its files are now
   * @param mismatches what is not as {@code runs} says, a sentence each; that of a broken signature
   *     is not among them
   * @param unreadable what the storage did not give, a sentence each
   * @param resources every Parquet file of the run that could be read, its row in {@code runs}
   *     among them, as a signature lists it
   */
  public record VerifiedRun(
      String id,
      long files,
      long rows,
      long bytes,
      RunSignature signature,
      List<String> mismatches,
      List<String> unreadable,
      List<Resource> resources) {
    public VerifiedRun {
      mismatches = List.copyOf(mismatches);
      unreadable = List.copyOf(unreadable);
      resources = List.copyOf(resources);
    }

    /** Whether every file and row is as it was written, whoever has signed it. */
    public boolean isWhole() {
      return mismatches.isEmpty() && unreadable.isEmpty();
    }
  }

  /** What a row in {@code runs} says that can be checked. */
  private record RecordedRun(
      String runId,
      long files,
      long quantizations,
      long verified,
      long unverified,
      long broken,
      long errors,
      Optional<List<RunFile>> contents) {

    List<RunFile> listed() {
      return contents.orElse(List.of());
    }

    long count(Verdict verdict) {
      return switch (verdict) {
        case VERIFIED -> verified;
        case UNVERIFIED -> unverified;
        case BROKEN -> broken;
        case ERROR -> errors;
      };
    }
  }

  /** A row of {@code audit}, whose verdict need not be one that there is. */
  private record Verdicted(String runId, String verdict) {}

  /**
   * Checks the table.
   *
   * @throws IOException if there is not the run that was asked for, or {@code runs} can't be read
   */
  public Verification execute() throws IOException {
    TableListing listing = audits.list();
    if (only.isPresent() && !listing.published().contains(only.get())) {
      throw new IOException("there is no run " + only.get() + " in the audit table " + audits);
    }
    List<TableListing.Folder> folders =
        listing.folders().stream()
            .filter(folder -> listing.published().contains(folder.run()))
            .filter(folder -> only.isEmpty() || folder.run().equals(only.get()))
            .toList();
    Map<String, List<RecordedRun>> recorded =
        audits.runs(listing, RecordedRun.class).stream()
            .collect(Collectors.groupingBy(RecordedRun::runId));
    Map<String, PartFile> parts = parts(folders);
    Map<String, Map<String, Long>> verdicts = verdicts(recorded, parts);
    RunSignatures signatures = new RunSignatures(audits, policy);
    List<VerifiedRun> runs = new ArrayList<>();
    for (String run : folders.stream().map(TableListing.Folder::run).distinct().sorted().toList()) {
      List<TableListing.Folder> own =
          folders.stream().filter(folder -> folder.run().equals(run)).toList();
      runs.add(
          new RunCheck(
                  run,
                  recorded.getOrDefault(run, List.of()),
                  own,
                  parts,
                  verdicts.getOrDefault(run, Map.of()))
              .result(signatures));
    }
    return new Verification(stillThere(runs), orphans(listing));
  }

  private List<String> orphans(TableListing listing) {
    List<String> orphans = new ArrayList<>(listing.strays());
    listing.orphans().forEach(folder -> orphans.add(folder.path()));
    return only.isPresent() ? List.of() : orphans;
  }

  /** Without runs that were pruned meanwhile. */
  private List<VerifiedRun> stillThere(List<VerifiedRun> runs) throws IOException {
    if (runs.stream().allMatch(run -> run.isWhole() && !run.signature().isBroken())) {
      return runs;
    }
    var published = audits.list().published();
    return runs.stream().filter(run -> published.contains(run.id())).toList();
  }

  private Map<String, PartFile> parts(List<TableListing.Folder> folders) throws IOException {
    List<String> paths =
        folders.stream()
            .flatMap(folder -> folder.parts().stream())
            .map(TableListing.File::path)
            .toList();
    return PartFile.inspect(audits, paths).stream()
        .collect(Collectors.toMap(PartFile::path, Function.identity()));
  }

  /** How often each verdict occurs in each run, by files that are as they were written. */
  private Map<String, Map<String, Long>> verdicts(
      Map<String, List<RecordedRun>> recorded, Map<String, PartFile> parts) throws IOException {
    List<String> intact =
        recorded.values().stream()
            .flatMap(runs -> runs.stream().flatMap(run -> run.listed().stream()))
            .filter(file -> file.dataSet().equals(AuditTable.AUDIT))
            .filter(file -> parts.containsKey(file.path()))
            .filter(file -> isAsWritten(file, parts.get(file.path())))
            .filter(file -> parts.get(file.path()).rows().isPresent())
            .map(RunFile::path)
            .toList();
    Map<String, Map<String, Long>> verdicts = new HashMap<>();
    try (RowStream<Verdicted> rows = audits.rows(intact, Verdicted.class)) {
      for (Optional<Verdicted> row = rows.next(); row.isPresent(); row = rows.next()) {
        verdicts
            .computeIfAbsent(row.get().runId(), run -> new HashMap<>())
            .merge(row.get().verdict(), 1L, Long::sum);
      }
    }
    return verdicts;
  }

  private static boolean isAsWritten(RunFile recorded, PartFile found) {
    return found.sha256().equals(Optional.of(recorded.sha256()));
  }

  /** The checks of one run, in the order in which they are reported. */
  private static final class RunCheck {
    private final String run;
    private final List<RecordedRun> rows;
    private final List<TableListing.Folder> folders;
    private final Map<String, PartFile> parts;
    private final Map<String, Long> verdicts;
    private final List<String> mismatches = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();

    RunCheck(
        String run,
        List<RecordedRun> rows,
        List<TableListing.Folder> folders,
        Map<String, PartFile> parts,
        Map<String, Long> verdicts) {
      this.run = run;
      this.rows = rows;
      this.folders = folders;
      this.parts = parts;
      this.verdicts = verdicts;
    }

    VerifiedRun result(RunSignatures signatures) {
      List<PartFile> own = parts(folder -> !folder.dataSet().equals(AuditTable.RUNS));
      if (rows.size() == 1) {
        check(rows.get(0), own);
      } else {
        mismatches.add("there are " + rows.size() + " rows of the run in runs, and not one");
      }
      List<PartFile> all = parts(folder -> true);
      List<Resource> resources =
          all.stream()
              .flatMap(
                  part ->
                      part.sha256().stream()
                          .map(digest -> new Resource(part.path(), 0, Optional.empty(), digest)))
              .toList();
      return new VerifiedRun(
          run,
          own.size(),
          own.stream().mapToLong(part -> part.rows().orElse(0L)).sum(),
          own.stream().mapToLong(PartFile::bytes).sum(),
          resources.size() == all.size()
              ? signatures.check(run, resources)
              : RunSignature.unknown("not all of the run's files could be read"),
          mismatches,
          unreadable,
          resources);
    }

    private List<PartFile> parts(Predicate<TableListing.Folder> of) {
      return folders.stream()
          .filter(of)
          .flatMap(folder -> folder.parts().stream())
          .map(file -> parts.get(file.path()))
          .filter(Objects::nonNull)
          .sorted(Comparator.comparing(PartFile::path))
          .toList();
    }

    private void check(RecordedRun recorded, List<PartFile> own) {
      Map<String, RunFile> contents = new HashMap<>();
      recorded.listed().forEach(file -> contents.put(file.path(), file));
      if (contents.isEmpty()) {
        mismatches.add("its row in runs lists no files");
        return;
      }
      for (RunFile file : recorded.listed()) {
        if (own.stream().noneMatch(part -> part.path().equals(file.path()))) {
          mismatches.add(file.path() + " is missing");
        }
      }
      for (PartFile part : own) {
        Optional.ofNullable(contents.get(part.path()))
            .ifPresentOrElse(
                file -> check(file, part),
                () -> mismatches.add(part.path() + " is not listed in its row in runs"));
      }
      checkRows(AuditTable.FILES, recorded, recorded.files(), "files");
      checkRows(AuditTable.AUDIT, recorded, recorded.quantizations(), "quantizations");
      if (mismatches.isEmpty() && unreadable.isEmpty()) {
        checkVerdicts(recorded);
      }
    }

    private void check(RunFile recorded, PartFile found) {
      if (found.sha256().isEmpty()) {
        unreadable.add(recorded.path() + " can't be read: " + found.problem().orElse(""));
      } else if (found.bytes() != recorded.bytes()) {
        mismatches.add(
            "%s has %d bytes, and runs says %d"
                .formatted(recorded.path(), found.bytes(), recorded.bytes()));
      } else if (!isAsWritten(recorded, found)) {
        mismatches.add(
            "%s hashes to sha256:%s, and runs says sha256:%s"
                .formatted(recorded.path(), found.sha256().get(), recorded.sha256()));
      } else if (!found.rows().equals(Optional.of(recorded.rows()))) {
        mismatches.add(
            "%s has %s rows, and runs says %d"
                .formatted(
                    recorded.path(),
                    found.rows().map(rows -> rows.toString()).orElse("no"),
                    recorded.rows()));
      }
    }

    private void checkRows(String dataSet, RecordedRun recorded, long counted, String what) {
      long listed =
          recorded.listed().stream()
              .filter(file -> file.dataSet().equals(dataSet))
              .mapToLong(RunFile::rows)
              .sum();
      if (listed != counted) {
        mismatches.add(
            "%s has %d rows, and runs counts %d %s".formatted(dataSet, listed, counted, what));
      }
    }

    private void checkVerdicts(RecordedRun recorded) {
      for (Verdict verdict : Verdict.values()) {
        long found = verdicts.getOrDefault(verdict.name(), 0L);
        long counted = recorded.count(verdict);
        if (found != counted) {
          mismatches.add(
              "audit has %d rows that are %s, and runs counts %d"
                  .formatted(found, verdict, counted));
        }
      }
      if (verdicts.values().stream().mapToLong(Long::longValue).sum() != recorded.quantizations()) {
        mismatches.add("audit has rows of another run, or of no verdict that there is");
      }
    }
  }
}
