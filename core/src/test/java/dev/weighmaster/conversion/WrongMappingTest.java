package dev.weighmaster.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables are not so forgiving that a wrong one would explain a real quantization. */
class WrongMappingTest {
  private static final String QUANTIZATION = "q/Q4_K_M.gguf";

  @TempDir Path folder;

  static Stream<String> models() throws IOException {
    return ConvertedFixturesTest.models();
  }

  private static Storage storage(String model) throws IOException {
    return new LocalStorage(Fixtures.path("converted/" + model));
  }

  private static SafetensorsSource source(String model, MappingTables tables) throws IOException {
    Path place = Fixtures.path("converted/" + model);
    Storage storage = storage(model);
    return SafetensorsSource.open(storage, ConvertedFixturesTest.model(storage, place), tables);
  }

  /** The tensors that deviate; no other is anything but exact. */
  private static Set<String> deviating(ModelTensors quantization, SourceModel source)
      throws IOException {
    Set<String> deviating = new TreeSet<>();
    for (TensorWeighing tensor :
        new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT).weigh().tensors()) {
      assertThat(tensor.level()).as(tensor.name()).isIn(Level.EXACT, Level.DEVIATES);
      if (tensor.level() == Level.DEVIATES) {
        deviating.add(tensor.name());
      }
    }
    return deviating;
  }

  @ParameterizedTest
  @MethodSource("models")
  void withoutAStepJustTheTensorsThatNeedItDeviate(String model) throws IOException {
    ModelTensors quantization = ModelTensors.open(storage(model), QUANTIZATION);
    SafetensorsSource right = source(model, MappingTables.STANDARD);
    Set<MappingRule> rules = new LinkedHashSet<>();
    quantization.tensors().forEach(tensor -> right.rule(tensor.name()).ifPresent(rules::add));
    rules.removeIf(rule -> rule.steps().stream().allMatch(Step::ties));
    for (MappingRule rule : rules) {
      String line = StandardTables.line(right.table().orElseThrow(), rule);
      MappingTables wrong = StandardTables.with(line, line.substring(0, line.lastIndexOf('|')));
      Set<String> expected =
          quantization.tensors().stream()
              .map(Tensor::name)
              .filter(name -> right.rule(name).filter(rule::equals).isPresent())
              .collect(Collectors.toSet());

      assertThat(deviating(quantization, source(model, wrong)))
          .as(line)
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void whereTwoMatricesOfAStackAreExchangedTheStackDeviates(String model) throws IOException {
    Path original = Fixtures.path("converted/" + model).resolve(QUANTIZATION);
    ModelTensors quantization = ModelTensors.open(storage(model), QUANTIZATION);
    Optional<Tensor> stack =
        quantization.tensors().stream().filter(tensor -> tensor.matrices() > 1).findFirst();
    if (stack.isPresent()) {
      byte[] bytes = Files.readAllBytes(original);
      int from = (int) stack.get().offset();
      int length = (int) (stack.get().bytes() / stack.get().matrices());
      for (int i = from; i < from + length; i++) {
        byte kept = bytes[i];
        bytes[i] = bytes[i + length];
        bytes[i + length] = kept;
      }
      Files.write(folder.resolve("exchanged.gguf"), bytes);

      assertThat(
              deviating(
                  ModelTensors.open(new LocalStorage(folder), "exchanged.gguf"),
                  source(model, MappingTables.STANDARD)))
          .containsExactly(stack.get().name());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theTableIsOfTheArchitectureThatTheConverterNames(String model) throws IOException {
    String table = source(model, MappingTables.STANDARD).table().orElseThrow();

    assertThat(ModelTensors.open(storage(model), QUANTIZATION).metadata().orElseThrow())
        .filteredOn(entry -> entry.key().equals("general.architecture"))
        .singleElement()
        .satisfies(
            entry ->
                assertThat(MappingTable.read(table, StandardTables::lines).ggufArchitectures())
                    .contains(entry.value().display()));
  }
}
