package dev.weighmaster.jobs.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * What lies in a table's folders.
 *
 * @param folders one a data set and run
 * @param strays files where none of a run can be, relative to the table
 */
record TableListing(List<Folder> folders, List<String> strays) {
  private static final Pattern FILE =
      Pattern.compile("([a-z]+)/audit_date=([^/]+)/run_id=([^/]+)/[^/]+");

  /**
   * One data set of one run.
   *
   * @param path relative to the table
   */
  record Folder(String dataSet, String run, String path, List<File> files) {

    /** What an engine would read of it. */
    List<File> parts() {
      return files.stream().filter(file -> !isHidden(file.path())).toList();
    }

    long bytes() {
      return files.stream().mapToLong(File::bytes).sum();
    }
  }

  /**
   * One file.
   *
   * @param path relative to the table
   */
  record File(String path, long bytes) {}

  /** Lists some data sets, in this order; one that is missing has no folders. */
  static TableListing of(FileSystem fileSystem, Path root, List<String> dataSets)
      throws IOException {
    Map<String, Folder> folders = new TreeMap<>();
    List<String> strays = new ArrayList<>();
    for (String dataSet : dataSets) {
      for (File file : files(fileSystem, root, dataSet)) {
        Matcher matcher = FILE.matcher(file.path());
        if (matcher.matches()) {
          String folder = file.path().substring(0, file.path().lastIndexOf('/'));
          folders
              .computeIfAbsent(
                  folder, path -> new Folder(dataSet, matcher.group(3), path, new ArrayList<>()))
              .files()
              .add(file);
        } else if (!isHidden(file.path())) {
          strays.add(file.path());
        }
      }
    }
    return new TableListing(List.copyOf(folders.values()), List.copyOf(strays));
  }

  private static List<File> files(FileSystem fileSystem, Path root, String dataSet)
      throws IOException {
    List<File> files = new ArrayList<>();
    try {
      RemoteIterator<LocatedFileStatus> found = fileSystem.listFiles(new Path(root, dataSet), true);
      while (found.hasNext()) {
        LocatedFileStatus status = found.next();
        files.add(new File(relative(root, status.getPath()), status.getLen()));
      }
    } catch (FileNotFoundException e) {
      if (fileSystem.exists(new Path(root, dataSet))) {
        throw new IOException("the audit table " + root + " changed while it was listed", e);
      }
    }
    files.sort(Comparator.comparing(File::path));
    return files;
  }

  /** A path below the root, relative to it. */
  static String relative(Path root, Path path) {
    return root.toUri().relativize(path.toUri()).getPath();
  }

  /** Whether engines pass over a file. */
  static boolean isHidden(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.startsWith("_") || name.startsWith(".");
  }

  /** The runs that are visible: those with a row in {@code runs}. */
  Set<String> published() {
    return folders.stream()
        .filter(folder -> folder.dataSet().equals(AuditTable.RUNS) && !folder.parts().isEmpty())
        .map(Folder::run)
        .collect(Collectors.toSet());
  }

  /** What is listed of one run. */
  TableListing only(String run) {
    return new TableListing(
        folders.stream().filter(folder -> folder.run().equals(run)).toList(), List.of());
  }

  /** The folders of a run, with that of its own row first. */
  List<Folder> of(String run) {
    return folders.stream()
        .filter(folder -> folder.run().equals(run))
        .sorted(Comparator.comparing(folder -> !folder.dataSet().equals(AuditTable.RUNS)))
        .toList();
  }

  /** Folders of runs that are not visible: being published, or broken off. */
  List<Folder> orphans() {
    Set<String> published = published();
    return folders.stream().filter(folder -> !published.contains(folder.run())).toList();
  }
}
