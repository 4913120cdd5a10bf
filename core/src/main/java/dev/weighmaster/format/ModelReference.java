package dev.weighmaster.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model card or a header names as a model: hostile text, and written in many ways.
 *
 * @param id {@code org/name}, in the letters in which it was written; for the other kinds the text
 */
public record ModelReference(Kind kind, String id) {
  /** What a text names. */
  public enum Kind {
    /** {@code org/name}, also as a URL of the Hugging Face Hub or with a revision. */
    REPOSITORY,
    /** A name without an organisation, which may be anybody's. */
    NAME,
    /** A file or folder of the machine that it was written on. It names no model of any hub. */
    PATH,
    /** A model of another site, or nothing that can be a name. */
    OTHER
  }

  private static final int MAX_LENGTH = 1024;

  private static final Pattern HUB =
      Pattern.compile(
          "(?:(?:https?://)?(?:www\\.)?(?:huggingface\\.co|hf\\.co)/|hf://)(?<path>[^?#]*)(?:[?#].*)?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern SEGMENT = Pattern.compile("\\w[\\w.-]{0,254}");
  private static final Pattern LOCAL =
      Pattern.compile("(?:\\.{0,2}[/\\\\]|~|file:|[A-Za-z]:[/\\\\]).*|\\.{1,2}", Pattern.DOTALL);

  /** Of three parts or more, or with the other slash. */
  private static final Pattern RELATIVE =
      Pattern.compile("[\\w.@ -]+(?:(?:/+[\\w.@ -]+){2,}+/*|\\\\[\\w.@ \\\\-]*)");

  /** What follows a repository's name in a URL of one of its pages. */
  private static final Set<String> PAGES = Set.of("tree", "blob", "resolve", "raw", "commit");

  /** What the Hub has besides models. */
  private static final Set<String> OTHER_KINDS =
      Set.of("datasets", "spaces", "docs", "papers", "collections", "blog", "api", "buckets");

  /** Says what a text names. */
  public static ModelReference of(String text) {
    String name = text.strip();
    if (name.length() > MAX_LENGTH) {
      return new ModelReference(Kind.OTHER, name.substring(0, MAX_LENGTH));
    }
    Matcher hub = HUB.matcher(name);
    if (hub.matches()) {
      List<String> path = Arrays.asList(hub.group("path").split("/"));
      Optional<String> id =
          path.size() <= 2 || PAGES.contains(path.get(2))
              ? id(path.subList(0, Math.min(2, path.size())))
              : Optional.empty();
      return id.filter(found -> !OTHER_KINDS.contains(path.get(0)))
          .map(ModelReference::named)
          .orElse(new ModelReference(Kind.OTHER, name));
    }
    if (LOCAL.matcher(name).matches()) {
      return new ModelReference(Kind.PATH, name);
    }
    Optional<String> id = id(Arrays.asList(name.split("/")));
    if (id.isPresent()) {
      return named(id.get());
    }
    return new ModelReference(RELATIVE.matcher(name).matches() ? Kind.PATH : Kind.OTHER, name);
  }

  /** Whether a text is the id of a repository, {@code org/name}, and nothing else. */
  public static boolean isId(String text) {
    return of(text).equals(new ModelReference(Kind.REPOSITORY, text));
  }

  /**
   * The same text for ids that differ in the case of letters alone. An id has no letters but those
   * of ASCII: others stay as they are, so that none becomes one of these.
   */
  public static String folded(String id) {
    StringBuilder folded = new StringBuilder(id);
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        folded.setCharAt(i, (char) (c - 'A' + 'a'));
      }
    }
    return folded.toString();
  }

  private static ModelReference named(String id) {
    return new ModelReference(id.contains("/") ? Kind.REPOSITORY : Kind.NAME, id);
  }

  /** One or two segments, of which the last may have a revision behind an {@code @}. */
  private static Optional<String> id(List<String> segments) {
    if (segments.isEmpty() || segments.size() > 2) {
      return Optional.empty();
    }
    String last = segments.get(segments.size() - 1);
    int revision = last.indexOf('@');
    String name = revision > 0 ? last.substring(0, revision) : last;
    boolean sound =
        SEGMENT.matcher(name).matches()
            && segments.stream().limit(segments.size() - 1L).allMatch(SEGMENT.asMatchPredicate());
    if (!sound) {
      return Optional.empty();
    }
    return Optional.of(segments.size() == 1 ? name : segments.get(0) + "/" + name);
  }
}
