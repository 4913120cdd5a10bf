package dev.weighmaster.jobs.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.verdict.Quoted;
import java.util.List;

/**
 * The name of a repository that somebody asks for, {@code org/name}, and one that can only lie
 * inside a hub: each of the two is one name of a folder, hidden by no dot, and can be printed.
 */
record RepositoryName(String organisation, String name) {
  private static final int MAX_BYTES = 255;

  /** How the folders of a Hugging Face cache begin, which are no organisations. */
  private static final List<String> OF_THE_CACHE = List.of("models--", "datasets--", "spaces--");

  static RepositoryName parse(String text) throws Refusal {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw malformed();
    }
    return of(text.substring(0, slash), text.substring(slash + 1));
  }

  static RepositoryName of(String organisation, String name) throws Refusal {
    if (!isFolder(organisation)
        || !isFolder(name)
        || OF_THE_CACHE.stream().anyMatch(organisation::startsWith)) {
      throw malformed();
    }
    return new RepositoryName(organisation, name);
  }

  /** Whether this can be a revision: the name of a snapshot's folder. */
  static boolean isRevision(String text) {
    return isFolder(text);
  }

  private static boolean isFolder(String text) {
    return !text.isEmpty()
        && !text.startsWith(".")
        && text.chars().noneMatch(c -> c == '/' || c == '\\' || c == 0xFFFD)
        && text.getBytes(UTF_8).length <= MAX_BYTES
        && text.codePoints().allMatch(RepositoryName::isPrintable);
  }

  private static boolean isPrintable(int c) {
    return c == ' '
        || (!Character.isWhitespace(c) && Quoted.line(Character.toString(c)).codePointAt(0) == c);
  }

  private static Refusal malformed() {
    return new Refusal(
        Kind.BAD_REQUEST,
        "the repository must be named as \"org/name\", without . or .. or the like");
  }

  @Override
  public String toString() {
    return organisation + "/" + name;
  }
}
