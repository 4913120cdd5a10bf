package dev.weighmaster.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.weighmaster.io.StoragePaths;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what the configurations of transformers, sentence-transformers, diffusers and mlx-lm make a
 * loader read besides the weights: {@code auto_map}, {@code custom_pipelines}, {@code model_file}
 * and {@code transformers_weights}, the modules of {@code modules.json} and the components of
 * {@code model_index.json}.
 *
 * <p>Loaders read these files in Python, where of duplicate keys the last counts. Here all count,
 * at any depth: that finds too much rather than too little. A configuration that names more than is
 * kept counts as one that can't be read, since what is left out may be what a loader takes.
 */
public final class LoaderConfigReader {
  /** The longest configuration that is read; a longer one may say anything. */
  public static final int MAX_SIZE = 4 << 20;

  private static final String MODEL = "config.json";
  private static final String MODULES = "modules.json";
  private static final String PIPELINE = "model_index.json";
  private static final Set<String> NAMES =
      Set.of(
          MODEL,
          "tokenizer_config.json",
          "processor_config.json",
          "preprocessor_config.json",
          "video_preprocessor_config.json",
          MODULES,
          PIPELINE);

  /** What comes before a class of a repository other than the configuration's own. */
  private static final String OTHER_REPOSITORY = "--";

  private static final List<String> IMPORTABLE = List.of(".py", ".pyc", ".so", ".pyd");
  private static final String OWN_CLASSES = "sentence_transformers.";

  /** Far more than any honest configuration has. */
  private static final int MAX_OF_A_KIND = 16;

  private static final int MAX_LENGTH = 512;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private LoaderConfigReader() {}

  /**
   * Whether a file of this name is read.
   *
   * @param name relative to the repository's root
   */
  public static boolean reads(String name) {
    return NAMES.contains(lastName(name));
  }

  /** Whether a file of this name lists the components of a pipeline of diffusers. */
  public static boolean isPipeline(String name) {
    return lastName(name).equals(PIPELINE);
  }

  /**
   * What the file says; empty where it has a loader take nothing besides.
   *
   * @param name relative to the repository's root
   */
  public static Optional<LoaderConfig> read(String name, byte[] content) {
    Reading reading =
        new Reading(lastName(name).equals(MODULES), isPipeline(name), lastName(name).equals(MODEL));
    try (JsonParser json = JSON.createParser(content)) {
      reading.all(json);
    } catch (IOException e) {
      // Whoever reads it by other rules may find anything in it.
      return Optional.of(LoaderConfig.UNREADABLE);
    }
    return Optional.of(reading.result()).filter(config -> !config.saysNothing());
  }

  private static String lastName(String name) {
    return StoragePaths.lastName(name).toLowerCase(Locale.ROOT);
  }

  private static final class Reading {
    private final boolean lists;
    private final boolean pipeline;
    private final boolean model;
    private final List<String> modules = new ArrayList<>();
    private final List<String> elsewhere = new ArrayList<>();
    private final List<String> weights = new ArrayList<>();
    private final List<String> folders = new ArrayList<>();
    private boolean whole = true;

    /**
     * @param lists whether the file is a list of modules
     * @param pipeline whether it has the components of a pipeline
     * @param model whether it is a model's own
     */
    Reading(boolean lists, boolean pipeline, boolean model) {
      this.lists = lists;
      this.pipeline = pipeline;
      this.model = model;
    }

    void all(JsonParser json) throws IOException {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.FIELD_NAME) {
          String key = json.currentName();
          json.nextToken();
          value(key, json);
        }
      }
    }

    private void value(String key, JsonParser json) throws IOException {
      switch (key) {
        case "auto_map", "custom_pipelines" -> classes(json);
        case "model_file" -> {
          if (model) {
            text(json).filter(Reading::isImportable).ifPresent(file -> add(modules, file));
          }
        }
        case "transformers_weights" -> text(json).ifPresent(name -> add(weights, name));
        case "type" -> {
          if (lists) {
            text(json).filter(name -> !name.startsWith(OWN_CLASSES)).ifPresent(this::named);
          }
        }
        case "path" -> {
          if (lists) {
            text(json).ifPresent(folder -> add(folders, folder));
          }
        }
        default -> {
          if (pipeline && json.currentToken() == JsonToken.START_ARRAY) {
            component(key, json);
          }
        }
      }
    }

    /**
     * A folder and the library and class that load it, or by {@code _class_name} the pipeline's
     * own. A Python file of the library's name goes before the library.
     */
    private void component(String key, JsonParser json) throws IOException {
      json.nextToken();
      Optional<String> library = text(json);
      if (library.isEmpty()) {
        return;
      }
      if (key.startsWith("_")) {
        add(modules, library.get() + ".py");
      } else {
        add(folders, key);
        add(modules, key + "/" + library.get() + ".py");
      }
    }

    /** All texts of a value, however they are nested. */
    private void classes(JsonParser json) throws IOException {
      int depth = 0;
      do {
        JsonToken token = json.currentToken();
        if (token == null) {
          return;
        }
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else {
          text(json).ifPresent(this::named);
        }
      } while (depth > 0 && json.nextToken() != null);
    }

    /** {@code module.Class}, or {@code org/name--module.Class}. */
    private void named(String reference) {
      if (reference.contains(OTHER_REPOSITORY)) {
        add(elsewhere, reference);
      } else {
        int dot = reference.indexOf('.', reference.lastIndexOf('/') + 1);
        add(modules, (dot < 0 ? reference : reference.substring(0, dot)) + ".py");
      }
    }

    /** By the extensions that Python's import takes: others name a file of weights. */
    private static boolean isImportable(String file) {
      return IMPORTABLE.stream().anyMatch(file.toLowerCase(Locale.ROOT)::endsWith);
    }

    private static Optional<String> text(JsonParser json) throws IOException {
      return json.currentToken() == JsonToken.VALUE_STRING
          ? Optional.of(json.getText()).filter(text -> !text.isEmpty())
          : Optional.empty();
    }

    private void add(List<String> all, String one) {
      if (one.length() > MAX_LENGTH) {
        whole = false;
      } else if (!all.contains(one)) {
        if (all.size() < MAX_OF_A_KIND) {
          all.add(one);
        } else {
          whole = false;
        }
      }
    }

    LoaderConfig result() {
      return new LoaderConfig(modules, elsewhere, weights, folders, whole);
    }
  }
}
