package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.io.Storage.Visitor;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What a storage said of its files, to find out later whether it still says the same. Thread-safe.
 *
 * <p>Of each answer a digest is kept. A file of the same size, etag and time counts as the same,
 * also where it was changed just before it was read: an audit would read such a file again, but
 * what is remembered here is forgotten after minutes.
 */
final class SeenListings {
  private static final int MAX_ANSWERS = 10_000;
  private static final String NOTHING = "nothing";

  private enum Question {
    LIST,
    STAT,
    IS_LINK,
    BELOW
  }

  private record Asked(Question question, String path) {}

  private final Map<Asked, String> answers = new ConcurrentHashMap<>();
  private volatile boolean complete = true;

  List<Entry> list(Storage hub, String directory) throws IOException {
    try {
      List<Entry> entries = hub.list(directory);
      entries.forEach(this::note);
      keep(Question.LIST, directory, digest(entries));
      return entries;
    } catch (NoSuchFileException e) {
      keep(Question.LIST, directory, NOTHING);
      throw e;
    }
  }

  Entry stat(Storage hub, String path) throws IOException {
    try {
      Entry entry = hub.stat(path);
      note(entry);
      keep(Question.STAT, path, entry.toString());
      return entry;
    } catch (NoSuchFileException e) {
      keep(Question.STAT, path, NOTHING);
      throw e;
    }
  }

  boolean isLink(Storage hub, String path) throws IOException {
    boolean link = hub.isLink(path);
    keep(Question.IS_LINK, path, Boolean.toString(link));
    return link;
  }

  void visitBelow(Storage hub, String directory, Visitor visitor) throws IOException {
    List<Entry> visited = new ArrayList<>();
    try {
      hub.visitBelow(
          directory,
          entry -> {
            note(entry);
            visited.add(entry);
            boolean goOn = visitor.visit(entry);
            if (!goOn) {
              // What else there is was not seen.
              complete = false;
            }
            return goOn;
          });
      keep(Question.BELOW, directory, digest(visited));
    } catch (NoSuchFileException e) {
      keep(Question.BELOW, directory, NOTHING);
      throw e;
    }
  }

  /**
   * Whether the storage would answer every question as it did.
   *
   * @throws IOException if it can't be asked
   */
  boolean stillHold(Storage hub) throws IOException {
    if (!complete) {
      return false;
    }
    SeenListings now = new SeenListings();
    for (Asked asked : answers.keySet()) {
      try {
        switch (asked.question) {
          case LIST -> now.list(hub, asked.path);
          case STAT -> now.stat(hub, asked.path);
          case IS_LINK -> now.isLink(hub, asked.path);
          case BELOW -> now.visitBelow(hub, asked.path, entry -> true);
        }
      } catch (NoSuchFileException e) {
        // That is an answer too.
      }
    }
    return now.complete && now.answers.equals(answers);
  }

  /** Without an etag nobody can tell whether a file has changed. */
  private void note(Entry entry) {
    if (entry.type() == Storage.Type.FILE && entry.etag().isEmpty()) {
      complete = false;
    }
  }

  private void keep(Question question, String path, String answer) {
    if (answers.size() >= MAX_ANSWERS) {
      complete = false;
      return;
    }
    String before = answers.put(new Asked(question, path), answer);
    if (before != null && !before.equals(answer)) {
      complete = false;
    }
  }

  private static String digest(List<Entry> entries) {
    return Sha256Hex.of(
        entries.stream()
            .map(Entry::toString)
            .sorted()
            .collect(Collectors.joining("\n"))
            .getBytes(UTF_8));
  }
}
