package dev.weighmaster.hub;

import java.util.List;

/**
 * What a configuration makes a loader read besides the weights that it finds by itself. Paths are
 * relative to the configuration's folder, and hostile text.
 *
 * @param modules Python files of the repository that it names: {@code modeling_acme.py}
 * @param elsewhere classes in other repositories that it names: {@code
 *     acme/code--modeling.AcmeModel}
 * @param weights files that it names as the ones to load
 * @param folders whose weights are loaded too
 * @param readable whether it could be read, and names no more than is kept of it; otherwise it may
 *     name anything
 */
public record LoaderConfig(
    List<String> modules,
    List<String> elsewhere,
    List<String> weights,
    List<String> folders,
    boolean readable) {
  /** Of a file that may say anything. */
  public static final LoaderConfig UNREADABLE =
      new LoaderConfig(List.of(), List.of(), List.of(), List.of(), false);

  public LoaderConfig {
    modules = List.copyOf(modules);
    elsewhere = List.copyOf(elsewhere);
    weights = List.copyOf(weights);
    folders = List.copyOf(folders);
  }

  /** Whether a loader may import Python files of the repository by it. */
  public boolean namesCode() {
    return !readable || !modules.isEmpty();
  }

  boolean saysNothing() {
    return readable
        && modules.isEmpty()
        && elsewhere.isEmpty()
        && weights.isEmpty()
        && folders.isEmpty();
  }
}
