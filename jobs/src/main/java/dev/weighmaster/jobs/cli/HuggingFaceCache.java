package dev.weighmaster.jobs.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where the Hugging Face libraries of this user keep the models that they download. */
final class HuggingFaceCache {
  private HuggingFaceCache() {}

  /**
   * @param environment variables that name the cache, as huggingface_hub reads them
   */
  static Path folder(Map<String, String> environment) {
    Path home =
        Path.of(value(environment, "HOME").orElseGet(() -> System.getProperty("user.home", "")));
    return value(environment, "HF_HUB_CACHE")
        .map(cache -> expanded(cache, home))
        .or(() -> value(environment, "HF_HOME").map(each -> expanded(each, home).resolve("hub")))
        .or(
            () ->
                value(environment, "XDG_CACHE_HOME")
                    .map(each -> expanded(each, home).resolve("huggingface/hub")))
        .orElseGet(() -> home.resolve(".cache/huggingface/hub"))
        .toAbsolutePath()
        .normalize();
  }

  private static Optional<String> value(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  private static Path expanded(String folder, Path home) {
    return folder.startsWith("~/") ? home.resolve(folder.substring(2)) : Path.of(folder);
  }
}
