package dev.weighmaster.chain;

import dev.weighmaster.format.ModelReference;
import dev.weighmaster.trust.TrustPolicy;
import java.util.Collection;
import java.util.List;

/**
 * The models that a card or a header names, to be compared with repositories of the hub. Whole ids
 * are compared, whatever the case of their letters, as the Hugging Face Hub has them, and under the
 * policy's aliases.
 */
final class DeclaredModels {
  private final List<ModelReference> references;
  private final TrustPolicy policy;

  private DeclaredModels(List<ModelReference> references, TrustPolicy policy) {
    this.references = references;
    this.policy = policy;
  }

  /** A path says nothing: it counts as if it were not there. */
  static DeclaredModels of(Collection<String> texts, TrustPolicy policy) {
    return new DeclaredModels(
        texts.stream()
            .map(ModelReference::of)
            .filter(reference -> reference.kind() != ModelReference.Kind.PATH)
            .toList(),
        policy);
  }

  /** As they were written, but for what a URL or a revision adds. */
  List<String> names() {
    return references.stream().map(ModelReference::id).toList();
  }

  /** Those that a repository of the hub can have the name of. */
  List<String> repositories() {
    return references.stream()
        .filter(reference -> reference.kind() == ModelReference.Kind.REPOSITORY)
        .map(ModelReference::id)
        .toList();
  }

  /** Whether models are declared, and none of them is one of these. */
  boolean contradict(Collection<String> repositories) {
    return !references.isEmpty()
        && references.stream()
            .noneMatch(
                reference -> repositories.stream().anyMatch(each -> isSame(reference, each)));
  }

  private boolean isSame(ModelReference reference, String repository) {
    return switch (reference.kind()) {
      case REPOSITORY -> current(reference.id()).equals(current(repository));
      case NAME ->
          current(reference.id()).equals(current(repository))
              || ModelReference.folded(reference.id())
                  .equals(lastPart(ModelReference.folded(repository)))
              || ModelReference.folded(reference.id()).equals(lastPart(current(repository)));
      case OTHER -> reference.id().equals(repository);
      case PATH -> false;
    };
  }

  private String current(String id) {
    return ModelReference.folded(policy.currentName(id));
  }

  private static String lastPart(String id) {
    return id.substring(id.lastIndexOf('/') + 1);
  }
}
