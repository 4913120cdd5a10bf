package dev.weighmaster.conversion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A table's rules, applied to the tensors of one model. Thread-safe. */
final class TensorMapping {
  private static final String WEIGHT = ".weight";

  /** What a GGUF and a source of ModelOpt call what is beside a weight. */
  private static final Map<String, String> SCALES =
      Map.of(".scale", ".weight_scale_2", ".input_scale", ".input_scale");

  /** The largest models of today have some hundreds. */
  static final int MOST_EXPERTS = 4096;

  private final MappingTable table;
  private final Values values;
  private final SourceTensors sources;

  TensorMapping(MappingTable table, ModelConfig config, SourceTensors sources) {
    this.table = table;
    this.values = table.values(config);
    this.sources = sources;
  }

  /** A rule, and what a name has in its places. */
  record Chosen(MappingRule rule, Map<String, String> places) {}

  /** The rules for the name of a tensor in a GGUF, in the table's order. */
  List<Chosen> rules(String name) {
    List<Chosen> rules = new ArrayList<>();
    for (MappingRule rule : table.rules()) {
      rule.gguf().match(name).ifPresent(places -> rules.add(new Chosen(rule, places)));
    }
    return rules.isEmpty() ? ofScales(name) : rules;
  }

  /** Beside weights of NVFP4, a GGUF has a scale for each matrix. */
  private List<Chosen> ofScales(String name) {
    for (Map.Entry<String, String> scale : SCALES.entrySet()) {
      if (name.endsWith(scale.getKey())) {
        String base = name.substring(0, name.length() - scale.getKey().length());
        return rules(base + WEIGHT).stream()
            .flatMap(
                each ->
                    each.rule().ofScales(scale.getValue()).stream()
                        .map(rule -> new Chosen(rule, each.places())))
            .toList();
      }
    }
    return List.of();
  }

  /** The first rule whose sources the model has, or that needs none. */
  Optional<Chosen> choose(List<Chosen> rules) {
    return rules.stream().filter(each -> names(each).stream().allMatch(sources::has)).findFirst();
  }

  /** The names of a rule's sources; of the first expert, where experts are stacked. */
  List<String> names(Chosen chosen) {
    return chosen.rule().sources(ofExpert(chosen, 0));
  }

  private static Map<String, String> ofExpert(Chosen chosen, int expert) {
    Map<String, String> places = new HashMap<>(chosen.places());
    places.put("E", Integer.toString(expert));
    return places;
  }

  /** The stored names of a rule's sources, of all experts. */
  List<String> storedNames(Chosen chosen) {
    List<String> stored = new ArrayList<>();
    for (int expert = 0; expert == 0 || chosen.rule().stacks(); expert++) {
      List<String> names = chosen.rule().sources(ofExpert(chosen, expert));
      if (!names.stream().allMatch(sources::has)) {
        break;
      }
      names.forEach(name -> stored.add(sources.stored(name)));
    }
    return stored;
  }

  /** What a rule makes of its sources. */
  MappedTensor apply(Chosen chosen) throws UnmappedException {
    List<List<View>> experts = new ArrayList<>();
    for (int expert = 0; expert == 0 || chosen.rule().stacks(); expert++) {
      List<String> names = chosen.rule().sources(ofExpert(chosen, expert));
      if (!names.stream().allMatch(sources::has)) {
        break;
      }
      if (expert == MOST_EXPERTS) {
        throw new UnmappedException("the source has more than %d experts".formatted(MOST_EXPERTS));
      }
      List<View> views = new ArrayList<>();
      for (String name : names) {
        views.add(View.of(sources.units(name)));
      }
      for (Step step : chosen.rule().steps()) {
        views = step.apply(views, values);
      }
      experts.add(views);
    }
    return MappedTensor.of(chosen.rule(), experts);
  }

  /** The vectors that converters compute for a rule that has no sources. */
  List<float[]> compute(MappingRule rule) throws UnmappedException {
    return rule.computation().orElseThrow().vectors(values.config());
  }

  List<MappingRule> computed() {
    return table.rules().stream().filter(rule -> rule.computation().isPresent()).toList();
  }

  /** Whether a converter leaves out a tensor of the source. */
  boolean drops(String stored) {
    try {
      return table.drops(table.named(stored), values);
    } catch (UnmappedException e) {
      return false;
    }
  }

  String table() {
    return table.name();
  }
}
