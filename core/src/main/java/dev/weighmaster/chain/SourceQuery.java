package dev.weighmaster.chain;

import java.util.List;
import java.util.Optional;

/**
 * What a statement asks the hub for: something with a key, either in one repository, or in those
 * that the parties of its chain have signed.
 *
 * <p>Anyone can copy anything, and sign the copy in a repository of their own. So what a statement
 * names is looked for where it says, and in its own repository; elsewhere only what is attested or
 * signed by somebody who could as well have attested in the statement's repository, or signed the
 * model that it names.
 *
 * @param repository {@code org/name}: to look in or, elsewhere, the statement's own; empty for what
 *     is signed
 * @param models ids of the models that the statement may mean, {@code org/name}; empty for what is
 *     looked for in one repository
 * @param elsewhere whether to look everywhere but in that repository and those of the models
 * @param revision the only one to look at; empty for any
 * @param signed whether only other models are asked for that publishers of the models have signed,
 *     wherever they are, and whether the signature still counts or not
 * @param among of what is signed, the only repositories to look in; empty for any
 */
public record SourceQuery(
    SourceKey key,
    String repository,
    List<String> models,
    boolean elsewhere,
    Optional<String> revision,
    boolean signed,
    List<String> among) {
  public SourceQuery {
    models = List.copyOf(models);
    among = List.copyOf(among);
  }

  /** Asks for what a repository holds under a key, at any revision. */
  static SourceQuery in(String repository, SourceKey key) {
    return new SourceQuery(key, repository, List.of(), false, Optional.empty(), false, List.of());
  }

  static SourceQuery elsewhere(SourceKey key, String repository, List<String> models) {
    return new SourceQuery(key, repository, models, true, Optional.empty(), false, List.of());
  }

  /**
   * Asks which other models hold something, signed by a publisher of a model and of themselves.
   *
   * @param among the only repositories to look in; empty for any
   */
  static SourceQuery signed(SourceKey key, String model, List<String> among) {
    return new SourceQuery(key, "", List.of(model), true, Optional.empty(), true, among);
  }

  /** The same at one revision alone. */
  SourceQuery at(String only) {
    return new SourceQuery(key, repository, models, elsewhere, Optional.of(only), signed, among);
  }

  /** Whether a source is one of what is asked for. */
  public boolean isOf(Source source) {
    return source.key().equals(key) && mayBeIn(source.repository()) && mayBeAt(source.revision());
  }

  /** Whether it is to be looked for at a revision at all. */
  public boolean mayBeAt(String place) {
    return revision.map(place::equals).orElse(true);
  }

  /** Whether it is to be looked for in a repository at all. */
  public boolean mayBeIn(String place) {
    SourceKey.OfModel asked = new SourceKey.OfModel(place);
    boolean isNamed = models.stream().anyMatch(asked::isOf);
    if (signed) {
      return !isNamed && (among.isEmpty() || among.contains(place));
    }
    return elsewhere ? !asked.isOf(repository) && !isNamed : asked.isOf(repository);
  }
}
