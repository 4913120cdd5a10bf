package dev.weighmaster.conversion;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One line of a table: where a tensor of a GGUF comes from.
 *
 * @param gguf its name
 * @param sources that follow each other, row by row; with {@code {E}}, one of each expert is
 *     stacked
 * @param steps what is done to each source, in order
 * @param computation by which it is computed from the configuration alone, instead of sources
 */
record MappingRule(
    NamePattern gguf,
    List<NamePattern> sources,
    List<Step> steps,
    Optional<Computation> computation) {
  private static final Pattern THEN = Pattern.compile("\\s*>\\s*");
  private static final Pattern AND = Pattern.compile("\\s+\\+\\s+");
  private static final String COMPUTED = "=";

  MappingRule {
    sources = List.copyOf(sources);
    steps = List.copyOf(steps);
  }

  static MappingRule parse(String gguf, String sources, String steps) {
    NamePattern name = new NamePattern(gguf);
    if (sources.startsWith(COMPUTED)) {
      return new MappingRule(
          name,
          List.of(),
          List.of(),
          Optional.of(Computation.parse(sources.substring(COMPUTED.length()).strip())));
    }
    return new MappingRule(
        name,
        Arrays.stream(AND.split(sources)).map(NamePattern::new).toList(),
        steps.isEmpty() ? List.of() : Arrays.stream(THEN.split(steps)).map(Step::parse).toList(),
        Optional.empty());
  }

  /** The rule for what is beside the weight that this one is for, where it has one source. */
  Optional<MappingRule> ofScales(String scale) {
    String source = sources.isEmpty() ? "" : sources.get(0).template();
    if (sources.size() != 1 || !(source.endsWith(".weight") || source.endsWith(".{S}"))) {
      return Optional.empty();
    }
    return Optional.of(
        new MappingRule(
            gguf,
            List.of(new NamePattern(source.substring(0, source.lastIndexOf('.')) + scale)),
            List.of(Step.parse("squeeze")),
            Optional.empty()));
  }

  /** Whether tensors of each expert are stacked. */
  boolean stacks() {
    return !sources.isEmpty() && sources.get(0).has("{E}");
  }

  boolean addsOne() {
    return steps.stream().anyMatch(Step::addsOne);
  }

  /** Whether it leaves rows of its sources out that no other rule takes. */
  boolean cuts() {
    return steps.stream().anyMatch(Step::cuts);
  }

  /** The names of the sources, of one expert where experts are stacked. */
  List<String> sources(Map<String, String> places) {
    return sources.stream().map(source -> source.fill(places)).toList();
  }
}
