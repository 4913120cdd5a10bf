package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.badge.HostileNames;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.ComparedValue.Value;
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
    Matcher body = BODY.matcher(MadePage.of("q.gguf", "s.gguf", "A sentence.", weighing));
    assertThat(body.find()).isTrue();
    return body.group(1);
  }

  private static Optional<Value> value(String sha256) {
    return Optional.of(new Value("STRING", Optional.empty(), sha256));
  }

  private static Optional<Value> text(String text) {
    return Optional.of(new Value("STRING", Optional.of(text), "ee"));
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
  void whatWasWeighedIsNamedWithItsDigestAndByWhat() {
    assertThat(body(weighing()))
        .containsSubsequence("<dt>Depth</dt><dd>exact", "<dt>Weighmaster</dt><dd>1.2.3<")
        .containsSubsequence(
            ">q.gguf</th><td data-label=\"Weighed as\">quantization</td>",
            ">aa11<",
            ">s.gguf</th><td data-label=\"Weighed as\">source</td>",
            ">bb22<",
            ">imatrix.dat</th><td data-label=\"Weighed as\">importance matrix</td>",
            ">cc33<")
        .doesNotContain("unused.dat");
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
                    value("aa"),
                    value("aa")),
                new ComparedValue(
                    "tokenizer.chat_template",
                    Kind.CHAT_TEMPLATE,
                    State.DIFFERENT,
                    value("bb"),
                    value("cc")),
                new ComparedValue(
                    "tokenizer.ggml.merges",
                    Kind.TOKENIZER,
                    State.ABSENT,
                    Optional.empty(),
                    value("dd"))));

    assertThat(body)
        .containsSubsequence("2 metadata values", "the chat template among them")
        .containsSubsequence(
            "tokenizer.chat_template",
            "DIFFERENT",
            ">sha256:bb<",
            ">sha256:cc<",
            "tokenizer.ggml.merges",
            "ABSENT",
            ">absent<",
            ">sha256:dd<",
            "llama.block_count",
            "EQUAL",
            ">sha256:aa<",
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
    assertThat(MadePage.of("q", "s", "A sentence.", weighing()))
        .isEqualTo(MadePage.of("q", "s", "A sentence.", weighing()));
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
                      name, Kind.TOKENIZER, State.DIFFERENT, text(name), value("x"))));

      String page = MadePage.of(name, name, name, weighing);

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

  @Test
  void ofMoreTensorsThanAPageCanHaveTheWorstAreListedAndAllAreCounted() {
    List<TensorWeighing> tensors =
        IntStream.range(0, 3 * WeighingPage.MOST_LISTED)
            .mapToObj(
                i ->
                    WeighedTensor.of(
                        "tensor_" + i,
                        i == 29_999 ? Level.DEVIATES : i < 25 ? Level.EXACT : Level.EQUIVALENT,
                        0.07))
            .toList();

    String body = body(Weighing.of(tensors, List.of()));

    assertThat(body.split("<tr id=", -1)).hasSize(WeighingPage.MOST_LISTED + 1);
    assertThat(body)
        .contains("lists 10,000 of the 30,000 tensors", "<strong>29,974</strong>", "tensor_29999")
        .doesNotContain(">tensor_24 <");
  }

  @Test
  void whatStandsOutIsCountedThoughItIsNotListed() {
    List<TensorWeighing> tensors =
        IntStream.range(0, 2 * WeighingPage.MOST_LISTED)
            .mapToObj(i -> WeighedTensor.of("tensor_" + i, Level.NOT_COMPARED, 0))
            .toList();

    assertThat(body(Weighing.of(tensors, List.of())))
        .contains("<span class=\"total\">20,000</span>", "And 19,980 more");
  }
}
