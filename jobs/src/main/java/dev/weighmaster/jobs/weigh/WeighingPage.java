package dev.weighmaster.jobs.weigh;

import dev.weighmaster.jobs.page.Chip;
import dev.weighmaster.jobs.page.PageAssets;
import dev.weighmaster.jobs.page.VisibleOutput;
import dev.weighmaster.jobs.page.weigh.JteweighingGenerated;
import dev.weighmaster.jobs.text.Numbers;
import dev.weighmaster.jobs.weigh.ShownWeighing.ShownImatrix;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weighing;
import java.io.StringWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the page of a weighing shows: one HTML file that needs nothing else, and may load nothing
 * else. Names and details are text from files, which the output makes visible and escapes.
 *
 * @param map of the tensors that are listed, see {@link #MOST_LISTED}
 */
public record WeighingPage(ShownWeighing shown, Weighing weighing, LevelMap map) {
  /** Tensors on a page, at most, so that it opens fast; models of today have about two thousand. */
  static final int MOST_LISTED = 10_000;

  /** What is said of a source that is quantized itself. */
  public static final String QUANTIZED_SOURCE =
      "The source is quantized itself: what it has lost of its own source is not seen here.";

  /** Of what stands out, which the table of all tensors has as well. */
  private static final int SHOWN = 20;

  /** Beyond this ratio of the errors, the lesser ones could not be told apart on one scale. */
  private static final double WIDE = 50;

  /** The whole page. */
  public static String html(ShownWeighing shown, Weighing weighing) {
    StringWriter html = new StringWriter();
    write(shown, weighing, html);
    return html.toString();
  }

  /** Writes the page, which is long for a model of many tensors; see {@link #html}. */
  public static void write(ShownWeighing shown, Weighing weighing, Writer html) {
    WeighingPage page = new WeighingPage(shown, weighing, LevelMap.of(listed(weighing.tensors())));
    JteweighingGenerated.render(
        new VisibleOutput(html),
        null,
        page,
        PageAssets.of(WeighingPage.class, "weighing.css", "weighing.js"));
  }

  /** Those with the worst levels where there are too many, in the weighing's order. */
  private static List<TensorWeighing> listed(List<TensorWeighing> tensors) {
    if (tensors.size() <= MOST_LISTED) {
      return tensors;
    }
    return IntStream.range(0, tensors.size())
        .boxed()
        .sorted(Comparator.comparing(i -> tensors.get(i).level(), Comparator.reverseOrder()))
        .limit(MOST_LISTED)
        .sorted()
        .map(tensors::get)
        .toList();
  }

  /** How many tensors the page does not list. */
  public int notListed() {
    return weighing.tensors().size() - map.places().size();
  }

  private Stream<TensorWeighing> listed() {
    return map.places().stream().map(LevelMap.Place::tensor);
  }

  /** How many tensors have a level, and which part of all they are. */
  public record Total(Level level, int tensors, String share) {}

  /** How tensors of one type were made, and how far they are from their source's. */
  public record Group(
      String type, String recipe, Level level, int tensors, String share, String errors) {}

  /** Tensors that need a look, and how many there are that have no room here. */
  public record Standouts(List<LevelMap.Place> shown, int left) {}

  /** The best level first. */
  public List<Total> totals() {
    double weights = weights(weighing.tensors().stream());
    return Stream.of(Level.values())
        .map(
            level ->
                new Total(
                    level,
                    shown.totals().of(level),
                    Numbers.percent(
                        weights(weighing.tensors().stream().filter(each -> each.level() == level)),
                        weights)))
        .toList();
  }

  private static double weights(Stream<TensorWeighing> tensors) {
    return tensors.mapToDouble(TensorText::weights).sum();
  }

  /** What deviates, and what was not compared. */
  public Standouts standouts() {
    List<LevelMap.Place> all =
        map.places().stream()
            .filter(place -> standsOut(place.tensor().level()))
            .sorted(
                Comparator.comparing(place -> place.tensor().level(), Comparator.reverseOrder()))
            .toList();
    List<LevelMap.Place> first = all.subList(0, Math.min(SHOWN, all.size()));
    int standing = shown.totals().of(Level.NOT_COMPARED) + shown.totals().of(Level.DEVIATES);
    return new Standouts(first, standing - first.size());
  }

  private static boolean standsOut(Level level) {
    return switch (level) {
      case EXACT, EQUIVALENT, WITHIN_BOUNDS -> false;
      case NOT_COMPARED, DEVIATES -> true;
    };
  }

  /** By type, recipe and level. */
  public List<Group> groups() {
    record Key(String type, String recipe, Level level) {}
    Map<Key, List<TensorWeighing>> groups = new LinkedHashMap<>();
    for (TensorWeighing tensor : weighing.tensors()) {
      Key key = new Key(TensorText.type(tensor), TensorText.recipe(tensor), tensor.level());
      groups.computeIfAbsent(key, any -> new ArrayList<>()).add(tensor);
    }
    double weights = weights(weighing.tensors().stream());
    return groups.entrySet().stream()
        .sorted(Comparator.comparing(each -> -weights(each.getValue().stream())))
        .map(
            each ->
                new Group(
                    each.getKey().type(),
                    each.getKey().recipe(),
                    each.getKey().level(),
                    each.getValue().size(),
                    Numbers.percent(weights(each.getValue().stream()), weights),
                    errors(each.getValue())))
        .toList();
  }

  /** The least and the greatest relative error. */
  private static String errors(List<TensorWeighing> tensors) {
    double[] errors = relatives(tensors.stream()).sorted().toArray();
    if (errors.length == 0) {
      return "–";
    }
    String least = TensorText.percent(errors[0]);
    String greatest = TensorText.percent(errors[errors.length - 1]);
    return least.equals(greatest) ? least : least + " to " + greatest;
  }

  private static DoubleStream relatives(Stream<TensorWeighing> tensors) {
    return tensors
        .flatMap(tensor -> tensor.errors().stream())
        .mapToDouble(Errors::relative)
        .filter(Double::isFinite);
  }

  /** The error that the chart shows; empty where there is none. */
  public static Optional<String> charted(TensorWeighing tensor) {
    return tensor
        .errors()
        .map(Errors::relative)
        .filter(error -> Double.isFinite(error) && error > 0)
        .map(String::valueOf);
  }

  /** Whether some tensor has an error. */
  public boolean hasErrors() {
    return listed().anyMatch(tensor -> charted(tensor).isPresent());
  }

  /** How many tensors have no place in the chart, for they have no error or none is known. */
  public long notCharted() {
    return listed().filter(tensor -> charted(tensor).isEmpty()).count();
  }

  /** Whether the errors are so different that the chart needs a logarithmic scale. */
  public boolean logarithmic() {
    double[] errors = relatives(listed()).filter(error -> error > 0).sorted().toArray();
    return errors.length > 0 && errors[errors.length - 1] > WIDE * errors[0];
  }

  /** The types of the tensors, in order. */
  public List<String> types() {
    return listed().map(TensorText::type).distinct().sorted().toList();
  }

  /** What the certificate of GPTQ has decided; empty if it was not computed. */
  public Optional<String> certificate() {
    return CertificateText.ofAll(weighing.tensors());
  }

  /** The metadata, what is not equal first. */
  public List<ComparedValue> metadata() {
    return weighing.metadata().stream()
        .sorted(Comparator.comparing(value -> value.state() == State.EQUAL))
        .toList();
  }

  /** Metadata that the two don't have alike. */
  public List<ComparedValue> otherMetadata() {
    return weighing.metadata().stream().filter(value -> value.state() != State.EQUAL).toList();
  }

  /** Whether the two have other chat templates, which can carry what no weight shows. */
  public boolean templateIsAnother() {
    return otherMetadata().stream().anyMatch(value -> value.kind() == Kind.CHAT_TEMPLATE);
  }

  /** What a depth has derived again. */
  public String depth() {
    return shown.depth().equals("codes") ? "codes alone, and drawn blocks" : "exact";
  }

  /** The importance matrices that were tried. */
  public List<ShownImatrix> usedImatrices() {
    return shown.imatrices().stream().filter(each -> each.size().isPresent()).toList();
  }

  /** How two values compare, as a chip of its own. */
  public static Chip chip(State state) {
    return switch (state) {
      case EQUAL -> new Chip("exact", "EQUAL");
      case DIFFERENT -> new Chip("different", "DIFFERENT");
      case ABSENT -> new Chip("not-compared", "ABSENT");
    };
  }

  /** What a metadata value belongs to. */
  public static String kind(ComparedValue value) {
    return switch (value.kind()) {
      case TOKENIZER -> "tokenizer";
      case CHAT_TEMPLATE -> "chat template";
      case HYPERPARAMETERS -> "hyperparameters";
    };
  }

  /** What a level says of a tensor. */
  public static String means(Level level) {
    return switch (level) {
      case EXACT -> "The stored bytes are what a known recipe makes of the source, bit for bit.";
      case EQUIVALENT ->
          "Every code is one that the type's own algorithm can choose under the stored scales, and"
              + " the scales are about as good as that algorithm's. How the scales were chosen was"
              + " not derived again.";
      case WITHIN_BOUNDS ->
          "The errors are moderate, or an importance matrix explains the bytes and spoils more than"
              + " such a matrix does. That contradicts nothing, and proves little.";
      case NOT_COMPARED ->
          "The tensor is in only one of the files, or no known recipe leads from the source to its"
              + " type. Nothing is known about the weights.";
      case DEVIATES ->
          "At least one weight can't come from this source by this type, its errors are greater than"
              + " in any honest file, or the shapes differ. Another source, a damaged file or an"
              + " unknown build of the quantizer can be the reason, as well as tampering.";
    };
  }

  /** What somebody can still have done who knows all this. */
  public static String leavesOpen(Level level) {
    return switch (level) {
      case EXACT ->
          "preparing the source before anybody quantized it, and choosing poor types or the"
              + " importance matrix.";
      case EQUIVALENT ->
          "the same, and choosing scales that are about as good: enough for a small change.";
      case WITHIN_BOUNDS -> "choosing other codes: enough to change what the model does.";
      case NOT_COMPARED, DEVIATES -> "anything.";
    };
  }
}
