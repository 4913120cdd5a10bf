package dev.weighmaster.conversion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the tensors of a GGUF come from those of a repository, for models of some architectures.
 *
 * <p>A table is a text resource of lines; {@code #} begins a comment.
 *
 * <pre>
 * for      LlamaForCausalLM MistralForCausalLM
 * gguf     llama
 * include  common
 * rename   language_model.model. > model.
 * H      = num_attention_heads or n_heads
 * blk.{N}.attn_q.{S} | model.layers.{N}.self_attn.q_proj.{S} | rope(H)
 * rope_freqs.weight  | = llama3Factors
 * -                  | *.rotary_emb.inv_freq
 * </pre>
 *
 * <p>A rule has the name of the GGUF's tensor, its sources, and the {@linkplain Step steps} that
 * are done to them. Of the rules for a name, the first whose sources the model has counts. A dash
 * stands before tensors that a converter leaves out. What a table includes comes after its own
 * lines.
 */
final class MappingTable {
  private static final Pattern VALUE = Pattern.compile("([A-Z][A-Za-z]*)\\s*=\\s*(.+)");
  private static final Pattern DIRECTIVE =
      Pattern.compile("(for|gguf|include|rename|computes)\\s+(.+)");
  private static final Pattern COLUMN = Pattern.compile("\\s*\\|\\s*");
  private static final Pattern RENAMED = Pattern.compile("\\s*>\\s*");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final String DROPPED = "-";

  private final String name;
  private final List<String> architectures = new ArrayList<>();
  private final List<String> ggufArchitectures = new ArrayList<>();
  private final List<String> computed = new ArrayList<>();
  private final List<Prefix> renamed = new ArrayList<>();
  private final Map<String, String> values = new HashMap<>();
  private final List<MappingRule> rules = new ArrayList<>();
  private final List<NamePattern> dropped = new ArrayList<>();

  /** What a name of the source begins with, and what tables have in its place. */
  private record Prefix(String stored, String named) {}

  private MappingTable(String name) {
    this.name = name;
  }

  /** Where tables are found by their names. */
  @FunctionalInterface
  interface Library {
    List<String> lines(String table);
  }

  /**
   * Reads a table and those that it includes.
   *
   * @throws IllegalArgumentException if one has a line that is none
   */
  static MappingTable read(String name, Library library) {
    MappingTable table = new MappingTable(name);
    table.add(name, library, true);
    return table;
  }

  private void add(String from, Library library, boolean own) {
    List<String> included = new ArrayList<>();
    for (String raw : library.lines(from)) {
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher directive = DIRECTIVE.matcher(line);
      Matcher value = VALUE.matcher(line);
      if (directive.matches()) {
        add(directive.group(1), directive.group(2), included, own);
      } else if (value.matches() && !line.contains("|")) {
        values.putIfAbsent(value.group(1), value.group(2));
      } else {
        rule(from, line);
      }
    }
    included.forEach(each -> add(each, library, false));
  }

  private void add(String directive, String rest, List<String> included, boolean own) {
    List<String> words = List.of(SPACE.split(rest));
    switch (directive) {
      case "for" -> architectures.addAll(own ? words : List.of());
      case "gguf" -> ggufArchitectures.addAll(own ? words : List.of());
      case "include" -> included.addAll(words);
      case "computes" -> computed.addAll(words);
      default -> {
        List<String> names = List.of(RENAMED.split(rest, -1));
        renamed.add(new Prefix(names.get(0), names.get(1)));
      }
    }
  }

  private void rule(String from, String line) {
    String[] columns = COLUMN.split(line, -1);
    if (columns.length < 2 || columns.length > 3) {
      throw new IllegalArgumentException("in %s: not a line of a table: %s".formatted(from, line));
    }
    if (columns[0].equals(DROPPED)) {
      dropped.add(new NamePattern(columns[1]));
    } else {
      rules.add(MappingRule.parse(columns[0], columns[1], columns.length == 3 ? columns[2] : ""));
    }
  }

  /** The name of its resource. */
  String name() {
    return name;
  }

  /** The classes of the models that it is for, as {@code config.json} names them. */
  List<String> architectures() {
    return List.copyOf(architectures);
  }

  /** What converters call the architecture in a GGUF. */
  List<String> ggufArchitectures() {
    return List.copyOf(ggufArchitectures);
  }

  /**
   * Whether a converter computes a hyperparameter from more than one value.
   *
   * @param key without the architecture before it
   */
  boolean computes(String key) {
    return computed.contains(key);
  }

  /** Whether a value of it is the number of the tokenizer's tokens. */
  boolean countsTokens() {
    return values.containsValue(ModelConfig.TOKENS);
  }

  List<MappingRule> rules() {
    return List.copyOf(rules);
  }

  Values values(ModelConfig config) {
    return new Values(values, config);
  }

  /** The name that tables have for a tensor of the source. */
  String named(String stored) {
    return renamed.stream()
        .filter(prefix -> stored.startsWith(prefix.stored))
        .findFirst()
        .map(prefix -> prefix.named + stored.substring(prefix.stored.length()))
        .orElse(stored);
  }

  /**
   * Whether a converter leaves out a tensor.
   *
   * @param source as tables name it
   */
  boolean drops(String source, Values config) throws UnmappedException {
    for (NamePattern each : dropped) {
      Optional<Map<String, String>> places = each.match(source);
      if (places.isPresent() && each.isFrom(places.get(), config)) {
        return true;
      }
    }
    return false;
  }
}
