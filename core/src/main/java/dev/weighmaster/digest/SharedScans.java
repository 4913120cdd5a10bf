package dev.weighmaster.digest;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The results of readings, each handed on to all paths that lead to the same file. Thread-safe.
 *
 * <p>A path at which the file can no longer be read must not cost the others theirs: then the next
 * is tried. But what breaks off in the middle is tried no more than twice, however many lead to it.
 */
public final class SharedScans {
  private static final int MAX_BROKEN_OFF = 2;

  private final Map<SharedContent, ScannedFile> read = new ConcurrentHashMap<>();

  /** What is said of each path of a group, one of {@link #groups}. */
  List<ScannedFile> scan(
      Storage storage,
      List<HubFile> group,
      List<DigestSeries> series,
      Function<HubFile, ScannedFile> scan) {
    HubFile first = group.get(0);
    if (!storage.etagsTellFiles() || !SharedContent.tells(first)) {
      return List.of(scan.apply(first));
    }
    SharedContent content = SharedContent.of(first, series);
    ScannedFile before = read.get(content);
    if (before != null) {
      return group.stream().map(before::sharedBy).toList();
    }
    List<ScannedFile> scanned = of(scan.apply(first), group.subList(1, group.size()), scan);
    scanned.stream()
        .filter(each -> each.sha256().isPresent() && each.file().etag().equals(first.etag()))
        .findFirst()
        .ifPresent(each -> read.put(content, each));
    return scanned;
  }

  /**
   * What is said of each path.
   *
   * @param first what reading one of them has given
   * @param others that lead to the same file
   * @param scan reads one of them, where that is necessary
   */
  public static List<ScannedFile> of(
      ScannedFile first, List<HubFile> others, Function<HubFile, ScannedFile> scan) {
    List<ScannedFile> all = new ArrayList<>();
    all.add(first);
    ScannedFile newest = first;
    int brokenOff = brokenOff(first);
    for (HubFile other : others) {
      if (newest.sha256().isEmpty() && brokenOff < MAX_BROKEN_OFF) {
        newest = scan.apply(other);
        brokenOff += brokenOff(newest);
        all.add(newest);
      } else {
        all.add(newest.sharedBy(other));
      }
    }
    return all;
  }

  private static int brokenOff(ScannedFile scanned) {
    return scanned.sha256().isEmpty() && scanned.reading().bytes() > 0 ? 1 : 0;
  }

  /**
   * The files, those together that one reading answers for; each group in the files' order.
   *
   * @param series that are asked of each
   */
  static List<List<HubFile>> groups(
      Storage storage, List<HubFile> files, List<DigestSeries> series) {
    List<List<HubFile>> groups = new ArrayList<>();
    Map<SharedContent, List<HubFile>> known = new HashMap<>();
    for (HubFile file : files) {
      Optional<SharedContent> content =
          storage.etagsTellFiles() && SharedContent.tells(file)
              ? Optional.of(SharedContent.of(file, series))
              : Optional.empty();
      List<HubFile> group = content.map(known::get).orElse(null);
      if (group == null) {
        group = new ArrayList<>();
        groups.add(group);
        List<HubFile> fresh = group;
        content.ifPresent(key -> known.put(key, fresh));
      }
      group.add(file);
    }
    return groups;
  }
}
