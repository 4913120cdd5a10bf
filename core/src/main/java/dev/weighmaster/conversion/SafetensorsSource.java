package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.Counterpart;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A repository of safetensors as the source of a GGUF: by its table, each tensor is what a
 * converter makes of the repository's. Thread-safe.
 */
public final class SafetensorsSource implements SourceModel {
  private static final String CONFIG = "config.json";
  private static final String ABSENT = "it is in the source, and not in the quantization";
  private static final String IN_PART = "only a part of it is in the quantization";
  private static final String BY_ITS_OWN_NAME =
      "the quantization has it by the source's own name, and not as a converter writes it";
  private static final String NOT_COMPUTED =
      "it is computed from the source's config.json, and not in the quantization";

  private final ModelTensors model;
  private final Optional<TensorMapping> mapping;
  private final Optional<WrittenMetadata> metadata;
  private final String noTable;

  private SafetensorsSource(
      ModelTensors model,
      Optional<TensorMapping> mapping,
      Optional<WrittenMetadata> metadata,
      String noTable) {
    this.model = model;
    this.mapping = mapping;
    this.metadata = metadata;
    this.noTable = noTable;
  }

  /**
   * Reads the configuration beside the weights and chooses a table by it.
   *
   * @param model of safetensors, from the storage
   * @throws UnreadableModelException if there is a configuration that can't be read
   */
  public static SafetensorsSource open(Storage storage, ModelTensors model)
      throws UnreadableModelException {
    return open(storage, model, MappingTables.STANDARD);
  }

  /**
   * A model as the source of a quantization: of a GGUF, a repository by its table; else by the
   * names of its tensors.
   *
   * @param model from the storage
   * @throws UnreadableModelException if there is a configuration that can't be read
   */
  public static SourceModel of(Storage storage, ModelTensors model, ModelTensors quantization)
      throws UnreadableModelException {
    return quantization.metadata().isPresent() && model.metadata().isEmpty()
        ? open(storage, model)
        : new SameNames(model);
  }

  static SafetensorsSource open(Storage storage, ModelTensors model, MappingTables tables)
      throws UnreadableModelException {
    String folder = model.folder();
    try {
      Optional<ModelConfig> config = config(storage, folder + CONFIG);
      Optional<MappingTable> table = config.flatMap(ModelConfig::architecture).flatMap(tables::of);
      if (table.filter(MappingTable::countsTokens).isPresent()) {
        Optional<Long> tokens = TokenCount.in(storage, folder, config.orElseThrow());
        config = config.map(each -> each.withTokens(tokens));
      }
      Optional<String> template = ChatTemplate.in(storage, folder);
      return of(model, config, table, template, noTable(storage, folder, config));
    } catch (IOException e) {
      throw UnreadableModelException.of(folder + CONFIG, e);
    }
  }

  private static SafetensorsSource of(
      ModelTensors model,
      Optional<ModelConfig> config,
      Optional<MappingTable> table,
      Optional<String> template,
      String noTable) {
    SourceTensors sources = new SourceTensors(model, config.orElse(ModelConfig.EMPTY), table);
    return new SafetensorsSource(
        model,
        table.map(each -> new TensorMapping(each, config.orElseThrow(), sources)),
        table.map(each -> new WrittenMetadata(each, config.orElseThrow(), template)),
        noTable);
  }

  /** Why there is no table, where there is none. */
  private static String noTable(Storage storage, String folder, Optional<ModelConfig> config)
      throws IOException {
    if (config.isEmpty()) {
      return SmallFile.find(storage, folder + CONFIG).isPresent()
          ? "the source's config.json is not a JSON object of at most 4 MiB"
          : "the source has no config.json";
    }
    return config
        .get()
        .architecture()
        .map(name -> "there is no table of tensors for " + Quoted.line(name))
        .orElse("the source's config.json names no architecture");
  }

  private static Optional<ModelConfig> config(Storage storage, String path) throws IOException {
    return SmallFile.read(storage, path, ModelConfig.MAX_BYTES).flatMap(ModelConfig::parse);
  }

  @Override
  public Counterpart counterpart(Tensor tensor) {
    List<TensorMapping.Chosen> rules =
        mapping.map(each -> each.rules(tensor.name())).orElse(List.of());
    if (rules.isEmpty()) {
      return byName(tensor);
    }
    Optional<TensorMapping.Chosen> chosen = mapping.orElseThrow().choose(rules);
    if (chosen.isEmpty()) {
      return Counterpart.none(
          "the source has no %s".formatted(Quoted.line(mapping.get().names(rules.get(0)).get(0))));
    }
    try {
      return counterpart(chosen.get());
    } catch (UnmappedException e) {
      return Counterpart.none(e.getMessage());
    }
  }

  /** The rule by which a tensor of a GGUF is compared; empty if there is none. */
  Optional<MappingRule> rule(String name) {
    return mapping.flatMap(each -> each.choose(each.rules(name))).map(TensorMapping.Chosen::rule);
  }

  /** The name of its table; empty if there is none. */
  Optional<String> table() {
    return mapping.map(TensorMapping::table);
  }

  private Counterpart counterpart(TensorMapping.Chosen chosen) throws UnmappedException {
    if (chosen.rule().computation().isPresent()) {
      List<SourceTensor> vectors =
          mapping.orElseThrow().compute(chosen.rule()).stream()
              .map(ComputedVector::tensor)
              .toList();
      return vectors.isEmpty()
          ? Counterpart.none("by the source's config.json there is no such tensor")
          : new Counterpart(vectors, 0, Optional.empty());
    }
    MappedTensor mapped = mapping.orElseThrow().apply(chosen);
    return new Counterpart(List.of(mapped.tensor()), mapped.storedBytes(), Optional.empty());
  }

  /** Without a rule, a tensor is compared where its name and its shape say that it is the same. */
  private Counterpart byName(Tensor tensor) {
    String why =
        mapping
            .map(each -> "the table %s has no rule for it".formatted(each.table()))
            .orElse(noTable);
    return model
        .find(tensor.name())
        .filter(same -> same.plainShape().equals(tensor.plainShape()))
        .map(same -> Counterpart.of(model, same, Optional.of(why + "; compared by its name")))
        .orElseGet(() -> Counterpart.none(why));
  }

  @Override
  public List<Missing> missing(ModelTensors quantization) {
    Map<String, Long> used = used(quantization);
    List<Missing> missing = new ArrayList<>();
    for (Tensor tensor : model.tensors()) {
      long units = used.getOrDefault(tensor.name(), 0L);
      if (units < tensor.elements()
          && !mapping.filter(each -> each.drops(tensor.name())).isPresent()) {
        missing.add(
            new Missing(
                tensor.name(),
                tensor.type().name(),
                tensor.shape(),
                units > 0
                    ? IN_PART
                    : quantization.find(tensor.name()).isPresent() ? BY_ITS_OWN_NAME : ABSENT));
      }
    }
    mapping.ifPresent(each -> addUncomputed(each, quantization, missing));
    return missing;
  }

  /**
   * How many elements of each of its tensors the quantization's tensors are made of. Where there is
   * a table, what has no rule in it takes the place of nothing; nor does a copy of another tensor.
   */
  private Map<String, Long> used(ModelTensors quantization) {
    Map<String, Long> used = new HashMap<>();
    for (Tensor tensor : quantization.tensors()) {
      List<TensorMapping.Chosen> rules =
          mapping.map(each -> each.rules(tensor.name())).orElse(List.of());
      if (mapping.isEmpty()) {
        model.find(tensor.name()).ifPresent(same -> used.put(same.name(), same.elements()));
      } else {
        mapping
            .orElseThrow()
            .choose(rules)
            .filter(chosen -> chosen.rule().computation().isEmpty())
            .filter(chosen -> chosen.rule().steps().stream().noneMatch(Step::ties))
            .ifPresent(chosen -> addUsed(chosen, used));
      }
    }
    return used;
  }

  private void addUsed(TensorMapping.Chosen chosen, Map<String, Long> used) {
    MappedTensor mapped;
    try {
      mapped = mapping.orElseThrow().apply(chosen);
    } catch (UnmappedException e) {
      // The quantization's tensor says so, for the source's as well.
      mapping.get().storedNames(chosen).forEach(name -> used.put(name, Long.MAX_VALUE / 2));
      return;
    }
    for (View part : mapped.parts()) {
      for (String name : part.units().names()) {
        long elements = model.find(name).map(Tensor::elements).orElse(0L);
        long all = View.of(part.units()).size();
        long some = chosen.rule().cuts() ? elements : elements / all * part.size();
        used.merge(name, some, (one, other) -> Math.min(one + other, Long.MAX_VALUE / 2));
      }
    }
  }

  private static void addUncomputed(
      TensorMapping mapping, ModelTensors quantization, List<Missing> missing) {
    for (MappingRule rule : mapping.computed()) {
      String name = rule.gguf().template();
      if (quantization.find(name).isPresent()) {
        continue;
      }
      try {
        mapping.compute(rule).stream()
            .findFirst()
            .map(vector -> new Missing(name, "F32", List.of((long) vector.length), NOT_COMPUTED))
            .ifPresent(missing::add);
      } catch (UnmappedException e) {
        missing.add(new Missing(name, "F32", List.of(), e.getMessage()));
      }
    }
  }

  @Override
  public Optional<ModelTensors> gguf() {
    return Optional.empty();
  }

  @Override
  public Map<String, Optional<GgufValue>> written(ModelTensors quantization) {
    return metadata
        .map(each -> each.values(quantization.metadata().orElse(List.of())))
        .orElse(Map.of());
  }

  @Override
  public List<Storage.Entry> files() {
    return model.files();
  }
}
