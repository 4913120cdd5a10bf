package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.badge.HostileNames;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weighing;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page's text; how a browser shows it is the matter of {@link WeighingPageBrowserTest}. */
class WeighingPageTest {
  private static final Pattern BODY = Pattern.compile("(?s)<body>(.*?)<script>");

  private static String body(Weighing weighing) {
    Matcher body = BODY.matcher(WeighingPage.html("q.gguf", "s.gguf", "A sentence.", weighing));
    assertThat(body.find()).isTrue();
    return body.group(1);
  }

  private static Weighing weighing(ComparedValue... metadata) {
    return Weighing.of(
        List.of(
            WeighedTensor.of("token_embd.weight", Level.EXACT, 0.07),
            WeighedTensor.of("blk.0.attn_q.weight", Level.EQUIVALENT, 0.08),
            WeighedTensor.of("blk.0.attn_k.weight", Level.DEVIATES, 0.3),
            WeighedTensor.of("extra.weight", Level.NOT_COMPARED, 0)),
        List.of(metadata));
  }

  @Test
  void sentenceAndLevelComeFirstThenTheTotals() {
    assertThat(body(weighing()))
        .containsSubsequence(
            "q.gguf",
            "s.gguf",
            "<span class=\"chip deviates\">DEVIATES</span>",
            "A sentence.",
            "<strong>1</strong> <span class=\"share\">tensor, 25.0 % of the weights",
            "What stands out",
            "blk.0.attn_k.weight",
            "1,234 weights can't come from the source",
            "extra.weight",
            "it is not in the source",
            "What the levels mean",
            "an attack that the source's publisher prepared");
  }

  @Test
  void everyTensorHasARow() {
    assertThat(body(weighing()))
        .contains("<tr id=\"tensor-0\"", "<tr id=\"tensor-3\"")
        .contains("data-kind=\"attn_k.weight\" data-layer=\"0\" data-error=\"0.3\"")
        .contains("data-kind=\"extra.weight\">");
  }

  @Test
  void metadataIsShownWithBothDigestsWhereItDiffersAndWhatIsEqualComesLast() {
    String body =
        body(
            weighing(
                new ComparedValue(
                    "llama.block_count",
                    Kind.HYPERPARAMETERS,
                    State.EQUAL,
                    Optional.of("aa"),
                    Optional.of("aa")),
                new ComparedValue(
                    "tokenizer.chat_template",
                    Kind.CHAT_TEMPLATE,
                    State.DIFFERENT,
                    Optional.of("bb"),
                    Optional.of("cc")),
                new ComparedValue(
                    "tokenizer.ggml.merges",
                    Kind.TOKENIZER,
                    State.ABSENT,
                    Optional.empty(),
                    Optional.of("dd"))));

    assertThat(body)
        .containsSubsequence("2 metadata values", "the chat template among them")
        .containsSubsequence(
            "tokenizer.chat_template",
            "DIFFERENT",
            ">bb<",
            ">cc<",
            "tokenizer.ggml.merges",
            "ABSENT",
            ">–<",
            ">dd<",
            "llama.block_count",
            "EQUAL",
            ">aa<",
            ">the same<");
  }

  @Test
  void aWeighingWithoutTensorsAndMetadataIsAPageToo() {
    assertThat(body(Weighing.of(List.of(), List.of())))
        .contains("NOT_COMPARED", "There are no tensors.", "No tensor has a known error.")
        .contains("None was compared");
  }

  @Test
  void theSameWeighingMakesTheSameBytes() {
    assertThat(WeighingPage.html("q", "s", "A sentence.", weighing()))
        .isEqualTo(WeighingPage.html("q", "s", "A sentence.", weighing()));
  }

  @Test
  void hostileNamesAreVisibleTextWhereverTheyStand() {
    for (String name : HostileNames.ALL) {
      Weighing weighing =
          Weighing.of(
              List.of(
                  WeighedTensor.of(name, Level.DEVIATES, 0.3),
                  WeighedTensor.of("blk.0." + name, Level.DEVIATES, 0.3)),
              List.of(
                  new ComparedValue(
                      name, Kind.TOKENIZER, State.DIFFERENT, Optional.of(name), Optional.of("x"))));

      String page = WeighingPage.html(name, name, name, weighing);

      assertThat(page)
          .doesNotContain("<script>alert", "<svg onload", "<!DOCTYPE x")
          .doesNotContainPattern(
              "[\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\u0000-\\u0009\\u007f-\\u009f]");
    }
  }

  @Test
  void thousandsOfTensorsMakeAPageOfAFewMegabytes() {
    List<TensorWeighing> dense =
        IntStream.range(0, 2_000)
            .mapToObj(
                i -> WeighedTensor.of("blk.%d.k%d".formatted(i / 20, i % 20), Level.EXACT, 0.07))
            .toList();
    List<TensorWeighing> sparse =
        IntStream.range(0, 2_000)
            .mapToObj(i -> WeighedTensor.of("blk.%d.k%d".formatted(i, i), Level.DEVIATES, 0.07))
            .toList();

    assertThat(
            Stream.of(dense, sparse).map(tensors -> body(Weighing.of(tensors, List.of())).length()))
        .allSatisfy(length -> assertThat(length).isLessThan(2_000 * 1_200));
  }
}
