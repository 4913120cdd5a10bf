package dev.weighmaster.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.weighmaster.io.StoragePaths;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads what the configurations of transformers, sentence-transformers, diffusers and mlx-lm make a
 * loader read besides the weights: {@code auto_map}, {@code custom_pipelines}, {@code model_file},
 * {@code transformers_weights} and {@code configuration_files}, the modules of {@code modules.json}
 * and {@code router_config.json}, the components of {@code model_index.json} and {@code
 * modular_model_index.json}, what {@code sentence_bert_config.json} hands on to transformers, a
 * processor's audio tokenizer, and the base name of weights that AutoGPTQ takes.
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
  private static final String MODULAR_PIPELINE = "modular_model_index.json";
  private static final String ROUTER = "router_config.json";
  private static final Set<String> NAMES =
      Set.of(
          MODEL,
          "tokenizer_config.json",
          "processor_config.json",
          "audio_tokenizer_config.json",
          "preprocessor_config.json",
          "video_preprocessor_config.json",
          MODULES,
          ROUTER,
          PIPELINE,
          MODULAR_PIPELINE,
          "modular_config.json",
          "quantize_config.json",
          "quant_config.json");

  /** Where sentence-transformers keeps the arguments of a module that transformers loads. */
  private static final Pattern ARGUMENTS =
      Pattern.compile(
          "sentence_(?:bert|roberta|distilbert|camembert|albert|xlm-roberta|xlnet)_config\\.json");

  /** The objects in it that become arguments of {@code from_pretrained}. */
  private static final Set<String> PASSED_ON =
      Set.of(
          "model_args",
          "config_args",
          "tokenizer_args",
          "processor_args",
          "model_kwargs",
          "config_kwargs",
          "tokenizer_kwargs",
          "processor_kwargs");

  /** Of these arguments those whose texts name nothing to be loaded, unless they have a slash. */
  private static final Set<String> HARMLESS =
      Set.of(
          "trust_remote_code",
          "torch_dtype",
          "dtype",
          "attn_implementation",
          "padding_side",
          "truncation_side",
          "model_max_length");

  /** Folders in which the weights for another runtime lie. */
  private static final Set<String> BACKENDS = Set.of("onnx", "openvino");

  /** What AutoGPTQ appends to a base name. */
  private static final List<String> GPTQ_EXTENSIONS = List.of(".safetensors", ".bin", ".pt");

  /** How transformers finds the version in the name of a configuration, wherever in a path. */
  private static final Pattern VERSION_IN_NAME = Pattern.compile("(?s)config\\..*\\.json");

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
    String last = lastName(name);
    return NAMES.contains(last)
        || ARGUMENTS.matcher(last).matches()
        || FileKind.isVersionedConfig(last);
  }

  /**
   * Whether transformers may read a configuration of this path, listed in {@code
   * configuration_files}, and nobody else does.
   */
  static boolean isUnknownConfiguration(String path) {
    return VERSION_IN_NAME.matcher(path).find()
        && (path.contains("/") || !FileKind.isVersionedConfig(path));
  }

  /** Whether a file of this name lists the components of a pipeline of diffusers. */
  public static boolean isPipeline(String name) {
    String last = lastName(name);
    return last.equals(PIPELINE) || last.equals(MODULAR_PIPELINE);
  }

  /**
   * What the file says; empty where it has a loader take nothing besides.
   *
   * @param name relative to the repository's root
   */
  public static Optional<LoaderConfig> read(String name, byte[] content) {
    Reading reading = new Reading(lastName(name));
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
    private final boolean modular;
    private final boolean model;
    private final boolean router;
    private final boolean arguments;
    private final List<String> modules = new ArrayList<>();
    private final List<String> elsewhere = new ArrayList<>();
    private final List<String> weights = new ArrayList<>();
    private final List<String> folders = new ArrayList<>();
    private final Map<String, Set<String>> routes = new LinkedHashMap<>();
    private boolean routed;
    private boolean tooManyRoutes;
    private boolean whole = true;

    Reading(String name) {
      this.lists = name.equals(MODULES);
      this.pipeline = isPipeline(name);
      this.modular = name.equals(MODULAR_PIPELINE);
      this.model = name.equals(MODEL) || FileKind.isVersionedConfig(name);
      this.router = name.equals(ROUTER);
      this.arguments = ARGUMENTS.matcher(name).matches();
      this.routed = router;
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
      if ((router || model) && liesIn("types", json)) {
        route(key, json.getText());
      }
      switch (key) {
        case "auto_map", "custom_pipelines" -> classes(json);
        case "model_file" -> {
          if (model) {
            text(json).filter(Reading::isImportable).ifPresent(file -> add(modules, file));
          }
        }
        case "configuration_files" -> {
          if (model) {
            configurations(json);
          }
        }
        // Before it had a name of its own, a router's configuration was a config.json.
        case "structure" -> routed |= model && json.currentToken() == JsonToken.START_OBJECT;
        case "tokenizer_name_or_path" -> {
          if (arguments) {
            text(json).ifPresent(name -> add(elsewhere, name));
          }
        }
        case "audio_tokenizer", "audio_tokenizer_name_or_path" ->
            text(json).ifPresent(name -> add(elsewhere, name));
        case "pretrained_model_name_or_path", "repo" -> {
          if (modular) {
            text(json).ifPresent(name -> add(elsewhere, name));
          }
        }
        case "subfolder" -> {
          if (modular) {
            text(json).ifPresent(folder -> add(folders, folder));
          }
        }
        case "model_file_base_name", "model_basename" -> text(json).ifPresent(this::baseName);
        case "backend" -> {
          if (arguments) {
            text(json).filter(BACKENDS::contains).ifPresent(folder -> add(folders, folder));
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
          } else if (arguments && PASSED_ON.contains(key)) {
            passedOn(json);
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
      if (modular && !key.startsWith("_")) {
        add(folders, key);
      }
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

    /** Beside the configuration, whatever has one of these extensions counts by itself. */
    private void baseName(String name) {
      if (name.contains("/")) {
        GPTQ_EXTENSIONS.forEach(extension -> add(weights, name + extension));
      }
    }

    /** Other configurations, of which those beside this one are read by their names. */
    private void configurations(JsonParser json) throws IOException {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        whole &= !json.currentToken().isStructStart();
        return;
      }
      for (JsonToken token = json.nextToken();
          token != null && token != JsonToken.END_ARRAY;
          token = json.nextToken()) {
        whole &=
            !token.isStructStart()
                && text(json).filter(LoaderConfigReader::isUnknownConfiguration).isEmpty();
      }
    }

    /** Whether a text lies directly in an object of that name. */
    private static boolean liesIn(String object, JsonParser json) {
      JsonStreamContext around = json.getParsingContext().getParent();
      return json.currentToken() == JsonToken.VALUE_STRING
          && around != null
          && object.equals(around.getCurrentName());
    }

    /** A folder of a module, and a class that may load it: of several, a reader takes any. */
    private void route(String folder, String type) {
      if (routes.size() == MAX_OF_A_KIND && !routes.containsKey(folder)) {
        tooManyRoutes = true;
        return;
      }
      Set<String> types = routes.computeIfAbsent(folder, any -> new LinkedHashSet<>());
      tooManyRoutes |= types.size() == MAX_OF_A_KIND && !types.contains(type);
      if (types.size() < MAX_OF_A_KIND) {
        types.add(type);
      }
    }

    /** Arguments that may name anything, but for numbers and switches. */
    private void passedOn(JsonParser json) throws IOException {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        return;
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean usual = HARMLESS.contains(json.currentName());
        JsonToken value = json.nextToken();
        boolean isText = value == JsonToken.VALUE_STRING;
        // Even an implementation of attention can be a repository's.
        boolean harmless = usual && isText && json.getText().indexOf('/') < 0;
        boolean names = value == null || value.isStructStart() || isText;
        whole &= harmless || !names;
        json.skipChildren();
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
      if (routed) {
        whole &= !tooManyRoutes;
        routes.forEach(
            (folder, types) -> {
              add(folders, folder);
              types.stream()
                  .filter(type -> !type.isEmpty() && !type.startsWith(OWN_CLASSES))
                  .forEach(this::named);
            });
      }
      return new LoaderConfig(modules, elsewhere, weights, folders, whole);
    }
  }
}
