package dev.weighmaster.digest;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import java.io.IOException;
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
 * is tried. But what breaks off in the middle is tried no more than twice as it was listed, and
 * twice as it has become since, however many lead to it.
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
    List<ScannedFile> scanned =
        of(storage, scan.apply(first), group.subList(1, group.size()), scan);
    scanned.stream()
        .filter(each -> each.sha256().isPresent() && each.file().etag().equals(first.etag()))
        .findFirst()
        .ifPresent(each -> read.put(content, each));
    return scanned;
  }

  /**
   * What is said of each path. A reading answers for another path only if it read the version that
   * was listed there, or the one that is there now: a link may have been pointed at another file
   * since.
   *
   * @param first what reading one of them has given
   * @param others that were listed as the same file
   * @param scan reads one of them, where that is necessary
   */
  public static List<ScannedFile> of(
      Storage storage,
      ScannedFile first,
      List<HubFile> others,
      Function<HubFile, ScannedFile> scan) {
    List<ScannedFile> all = new ArrayList<>();
    all.add(first);
    if (others.isEmpty()) {
      return all;
    }
    Readings readings = new Readings(others.get(0).etag());
    readings.add(first);
    for (HubFile other : others) {
      Optional<ScannedFile> known = readings.answering(storage, other);
      ScannedFile said = known.map(each -> each.sharedBy(other)).orElseGet(() -> scan.apply(other));
      if (known.isEmpty()) {
        readings.add(said);
      }
      all.add(said);
    }
    return all;
  }

  /** What was read through the paths of one group. */
  private static final class Readings {
    private final Optional<String> listed;

    /** By the etag of the version: what is not tried again. */
    private final Map<Optional<String>, ScannedFile> settled = new HashMap<>();

    private Optional<ScannedFile> givenUp = Optional.empty();
    private int brokenOff;
    private int brokenOffSinceChanged;

    /**
     * @param listed the etag that all paths of the group were listed with
     */
    Readings(Optional<String> listed) {
      this.listed = listed;
    }

    void add(ScannedFile scanned) {
      Optional<String> etag = scanned.file().etag();
      if (scanned.sha256().isPresent()) {
        settled.put(etag, scanned);
      } else if (scanned.reading().bytes() > 0) {
        if (!etag.equals(listed)) {
          brokenOffSinceChanged++;
          givenUp = Optional.of(scanned).filter(any -> brokenOffSinceChanged >= MAX_BROKEN_OFF);
        } else if (++brokenOff >= MAX_BROKEN_OFF) {
          settled.put(etag, scanned);
        }
      }
    }

    Optional<ScannedFile> answering(Storage storage, HubFile other) {
      ScannedFile asListed = settled.get(other.etag());
      if (asListed != null) {
        return Optional.of(asListed);
      }
      // No reading of this group can answer yet.
      if (settled.isEmpty() && givenUp.isEmpty()) {
        return Optional.empty();
      }
      Optional<String> now = etagNow(storage, other);
      ScannedFile asItIs = now.isPresent() ? settled.get(now) : null;
      return asItIs != null
          ? Optional.of(asItIs)
          : givenUp.filter(any -> now.isPresent() && !now.equals(listed));
    }

    /** Empty for what is no file any more: reading it says why. */
    private static Optional<String> etagNow(Storage storage, HubFile file) {
      try {
        Storage.Entry now = storage.stat(file.path());
        return now.type() == Storage.Type.FILE ? now.etag() : Optional.empty();
      } catch (IOException e) {
        return Optional.empty();
      }
    }
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
