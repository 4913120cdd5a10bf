package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Recipe;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weighing;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WeighingSentenceTest {
  private static final Optional<String> NO_IMATRIX = Optional.empty();

  @Test
  void anExactQuantizationIsWhatGgmlMakesOfItsSource() {
    assertThat(of(exact("a", NO_IMATRIX), copy("b")))
        .isEqualTo(
            "q.gguf is EXACT: each of its 2 tensors is, bit for bit, what ggml makes of s.gguf.");
  }

  @Test
  void theImportanceMatrixIsNamed() {
    assertThat(of(exact("a", Optional.of("imatrix.dat")), exact("b", NO_IMATRIX)))
        .isEqualTo(
            "q.gguf is EXACT: each of its 2 tensors is, bit for bit, what ggml makes of s.gguf"
                + " with the importance matrix imatrix.dat.");
  }

  @Test
  void aCopyIsCalledOne() {
    assertThat(of(copy("a")))
        .isEqualTo("q.gguf is EXACT: its only tensor is a copy of the one in s.gguf.");
  }

  @Test
  void anEquivalentQuantizationSaysWhatWasNotDerivedAgain() {
    assertThat(of(copy("a"), tensor("b", Level.EQUIVALENT)))
        .isEqualTo(
            "q.gguf is EQUIVALENT to a quantization of s.gguf: of its 2 tensors 1 is EXACT, and"
                + " the other one has the codes that its type's algorithm picks under the"
                + " stored scales, and the scales are about as good as the algorithm's own.");
  }

  @Test
  void whatProvesLittleSaysSo() {
    assertThat(of(tensor("a", Level.WITHIN_BOUNDS)))
        .isEqualTo(
            "q.gguf is WITHIN_BOUNDS of s.gguf, which proves little: its only tensor has"
                + " errors that contradict nothing and leave room for changes.");
  }

  @Test
  void whatCouldNotBeComparedIsCountedAndNamed() {
    assertThat(of(copy("a"), tensor("x", Level.NOT_COMPARED), tensor("y", Level.NOT_COMPARED)))
        .isEqualTo(
            "q.gguf is NOT_COMPARED with s.gguf as a whole: 2 of 3 tensors could not be compared,"
                + " the first of them x.");
    assertThat(of()).isEqualTo("q.gguf is NOT_COMPARED with s.gguf: it has no tensors.");
  }

  @Test
  void whatDeviatesIsCountedAndNamed() {
    assertThat(of(copy("a"), tensor("x", Level.DEVIATES)))
        .isEqualTo(
            "q.gguf DEVIATES from s.gguf: 1 of 2 tensors can't come from it, the first of them x.");
  }

  @Test
  void metadataThatDiffersIsNeverLeftOut() {
    assertThat(sentence(List.of(value(Kind.CHAT_TEMPLATE, State.DIFFERENT)), copy("a")))
        .endsWith("; its chat template differs from the source's.");
    assertThat(
            sentence(
                List.of(
                    value(Kind.TOKENIZER, State.ABSENT),
                    value(Kind.HYPERPARAMETERS, State.DIFFERENT)),
                copy("a")))
        .endsWith("; its tokenizer and hyperparameters differ from the source's.");
    assertThat(sentence(List.of(value(Kind.TOKENIZER, State.EQUAL)), copy("a")))
        .doesNotContain("tokenizer");
  }

  @Test
  void namesAreMadeVisible() {
    assertThat(
            WeighingSentence.of(
                "q\u001b[31m\n.gguf",
                "s\u202e.gguf",
                "ggml",
                Weighing.of(List.of(tensor("x\u0007", Level.DEVIATES)), List.of())))
        .contains("q\\u001b[31m\\n.gguf DEVIATES from s\\u202e.gguf", "x\\u0007.");
  }

  private static String of(TensorWeighing... tensors) {
    return sentence(List.of(), tensors);
  }

  private static String sentence(List<ComparedValue> metadata, TensorWeighing... tensors) {
    return WeighingSentence.of("q.gguf", "s.gguf", "ggml", Weighing.of(List.of(tensors), metadata));
  }

  private static ComparedValue value(Kind kind, State state) {
    return new ComparedValue("key", kind, state, Optional.empty(), Optional.empty());
  }

  private static TensorWeighing exact(String name, Optional<String> imatrix) {
    return tensor(
        name,
        Level.EXACT,
        Optional.of(
            new Recipe(
                "F16", Intermediate.NONE, "Q4_K", imatrix, Optional.of("llama.cpp v0.5.0"))));
  }

  private static TensorWeighing copy(String name) {
    return tensor(
        name,
        Level.EXACT,
        Optional.of(
            new Recipe("F32", Intermediate.NONE, "F32", Optional.empty(), Optional.empty())));
  }

  private static TensorWeighing tensor(String name, Level level) {
    return tensor(name, level, Optional.empty());
  }

  private static TensorWeighing tensor(String name, Level level, Optional<Recipe> recipe) {
    return new TensorWeighing(
        name,
        Optional.of("Q4_K"),
        Optional.of("F16"),
        List.of(256L),
        level,
        recipe,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
