package dev.weighmaster.conversion;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.util.Optional;

/** The chat template of a repository, where a converter takes it from. */
final class ChatTemplate {
  private static final int MAX_BYTES = 4 << 20;
  private static final String FIELD = "chat_template";

  private ChatTemplate() {}

  /**
   * That of {@code tokenizer_config.json} or else of a file of its own; empty if there is none, or
   * there are several.
   *
   * @param folder empty, or ending in a slash
   * @throws IOException if a file can't be read
   */
  static Optional<String> in(Storage storage, String folder) throws IOException {
    Optional<String> ofTokenizer = field(storage, folder + "tokenizer_config.json");
    if (ofTokenizer.isPresent()) {
      return ofTokenizer;
    }
    Optional<byte[]> own = SmallFile.read(storage, folder + "chat_template.jinja", MAX_BYTES);
    // Python reads any end of a line as the same.
    return own.isPresent()
        ? own.map(bytes -> new String(bytes, UTF_8).replace("\r\n", "\n").replace('\r', '\n'))
        : field(storage, folder + "chat_template.json");
  }

  private static Optional<String> field(Storage storage, String path) throws IOException {
    return SmallFile.read(storage, path, MAX_BYTES)
        .flatMap(ModelConfig::parse)
        .flatMap(json -> json.text(FIELD));
  }
}
