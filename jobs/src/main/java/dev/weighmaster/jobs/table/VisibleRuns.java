package dev.weighmaster.jobs.table;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader's view of a table at one moment: its visible runs, and the Parquet files of each.
 *
 * @param newestFirst the ids of the runs
 * @param files by the data sets that there are, then by the run, the newest first: absolute paths
 */
public record VisibleRuns(List<String> newestFirst, Map<String, Map<String, List<String>>> files) {
  public VisibleRuns {
    newestFirst = List.copyOf(newestFirst);
  }

  /** The files of all data sets. */
  public List<String> all() {
    return files.keySet().stream().flatMap(dataSet -> files(dataSet).stream()).toList();
  }

  /** The files of all runs in a data set, the newest run's first. */
  public List<String> files(String dataSet) {
    return files.get(dataSet).values().stream().flatMap(List::stream).toList();
  }

  /** The files of the newest run in a data set. */
  public List<String> newestFiles(String dataSet) {
    return newestFirst.stream()
        .findFirst()
        .map(run -> files.get(dataSet).getOrDefault(run, List.of()))
        .orElse(List.of());
  }

  static Map<String, List<String>> byRun(List<String> newestFirst) {
    Map<String, List<String>> files = new LinkedHashMap<>();
    newestFirst.forEach(run -> files.put(run, new ArrayList<>()));
    return files;
  }
}
