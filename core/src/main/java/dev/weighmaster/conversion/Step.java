package dev.weighmaster.conversion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing that a converter does to a tensor. Those that rearrange weights turn one view into one
 * or more, which follow each other row by row. Of a tensor of more than two dimensions, each matrix
 * is rearranged alike; the rows of a vector are its elements.
 */
final class Step {
  private static final Pattern CALL = Pattern.compile("([a-zA-Z]+)(?:\\(([^()]*)\\))?");

  /** What a step does to one view. */
  @FunctionalInterface
  private interface Arrangement {
    List<View> of(View view, List<Long> arguments) throws UnmappedException;
  }

  /** The steps that rearrange, by name. */
  private static final Map<String, Arrangement> ARRANGEMENTS =
      Map.ofEntries(
          Map.entry("rope", (view, of) -> List.of(rope(view, of.get(0)))),
          Map.entry(
              "select",
              (view, of) ->
                  List.of(select(view, view.rows(), of.get(0), of.get(1), of.get(2), of.get(3)))),
          Map.entry("pick", (view, of) -> List.of(pick(view, view.rows(), of.get(0), of.get(1)))),
          Map.entry(
              "pickColumns",
              (view, of) -> List.of(pick(view, view.columns(), of.get(0), of.get(1)))),
          Map.entry("regroup", Step::regroup),
          Map.entry("split", (view, of) -> List.of(split(view, of.get(0)))),
          Map.entry("transpose", (view, of) -> List.of(transpose(view))),
          Map.entry("squeeze", (view, of) -> List.of(squeeze(view))),
          Map.entry("skip", (view, of) -> List.of(skip(view, of.get(0)))),
          Map.entry("first", (view, of) -> List.of(first(view, of.get(0)))));

  /** The steps that cut away rows which nothing else holds. */
  private static final List<String> CUTTING = List.of("skip", "first");

  private static final String PLUS_ONE = "plusOne";

  /** The result is a copy of a tensor that the model has under another name, too. */
  private static final String TIED = "tied";

  private final String text;
  private final String name;
  private final List<String> arguments;

  private Step(String text, String name, List<String> arguments) {
    this.text = text;
    this.name = name;
    this.arguments = List.copyOf(arguments);
  }

  /**
   * Reads a step as a table has it: {@code rope(H)}.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static Step parse(String text) {
    Matcher call = CALL.matcher(text);
    if (!call.matches()) {
      throw new IllegalArgumentException("not a step: " + text);
    }
    String name = call.group(1);
    if (!ARRANGEMENTS.containsKey(name) && !name.equals(PLUS_ONE) && !name.equals(TIED)) {
      throw new IllegalArgumentException("no step of this name: " + text);
    }
    List<String> arguments =
        call.group(2) == null ? List.of() : List.of(call.group(2).split("\\s*,\\s*"));
    return new Step(text, name, arguments);
  }

  /** As the table has it. */
  String text() {
    return text;
  }

  boolean addsOne() {
    return name.equals(PLUS_ONE);
  }

  boolean ties() {
    return name.equals(TIED);
  }

  boolean cuts() {
    return CUTTING.contains(name);
  }

  /** The views that it makes of each of these, in their order. */
  List<View> apply(List<View> views, Values values) throws UnmappedException {
    Arrangement arrangement = ARRANGEMENTS.get(name);
    if (arrangement == null) {
      return views;
    }
    List<Long> numbers = new ArrayList<>();
    for (String argument : arguments) {
      numbers.add(values.of(argument));
    }
    List<View> arranged = new ArrayList<>();
    for (View view : views) {
      arranged.addAll(arrangement.of(view, numbers));
    }
    return arranged;
  }

  /** Of each head, the first row of each half, then the second of each, and so on. */
  private static View rope(View view, long heads) throws UnmappedException {
    int rows = view.rows();
    View.Cut head = View.cut(view.dimensions().get(rows), heads);
    View.Cut halves = View.cut(head.inner(), 2);
    return view.with(rows, joined(head.outer(), halves.inner(), halves.outer()));
  }

  /** Of each group of so many parts, some that follow each other. */
  private static View select(
      View view, int dimension, long groups, long parts, long from, long count)
      throws UnmappedException {
    View.Cut group = View.cut(view.dimensions().get(dimension), groups);
    View.Cut part = View.cut(group.inner(), parts);
    if (count < 1 || from + count > parts) {
      throw new UnmappedException(
          "by the source's config.json, parts %d to %d of %d would be taken"
              .formatted(from + 1, from + count, parts));
    }
    if (parts == 1) {
      return view;
    }
    if (part.outer().size() != 1) {
      throw new UnmappedException(
          "%d parts of its rows are not next to each other".formatted(parts));
    }
    Axis all = part.outer().get(0);
    Axis selected = new Axis(count, all.stride());
    return view.with(dimension, joined(group.outer(), List.of(selected), part.inner()))
        .from(view.offset() + from * all.stride());
  }

  /** One of each so many. */
  private static View pick(View view, int dimension, long of, long which) throws UnmappedException {
    long length = View.length(view.dimensions().get(dimension));
    if (of < 1 || length % of != 0) {
      throw new UnmappedException("%d rows can't be picked from by %d".formatted(length, of));
    }
    return select(view, dimension, length / of, of, which, 1);
  }

  /** Groups of parts of several kinds: all parts of the first kind, then all of the second... */
  private static List<View> regroup(View view, List<Long> arguments) throws UnmappedException {
    List<Long> kinds = arguments.subList(1, arguments.size());
    long parts = kinds.stream().mapToLong(Long::longValue).sum();
    List<View> views = new ArrayList<>();
    long from = 0;
    for (long count : kinds) {
      views.add(select(view, view.rows(), arguments.get(0), parts, from, count));
      from += count;
    }
    return views;
  }

  /** A matrix of each part of the rows. */
  private static View split(View view, long parts) throws UnmappedException {
    int rows = view.rows();
    View.Cut cut = View.cut(view.dimensions().get(rows), parts);
    List<List<Axis>> dimensions = new ArrayList<>(view.dimensions());
    dimensions.set(rows, cut.inner());
    dimensions.add(rows, cut.outer());
    return view.with(dimensions);
  }

  private static View transpose(View view) throws UnmappedException {
    if (view.dimensions().size() < 2 || view.units().type().blockElements() > 1) {
      throw new UnmappedException("it can't be transposed");
    }
    List<List<Axis>> dimensions = new ArrayList<>(view.dimensions());
    dimensions.set(view.rows(), view.dimensions().get(view.columns()));
    dimensions.set(view.columns(), view.dimensions().get(view.rows()));
    return view.with(dimensions);
  }

  /** Without the dimensions of length 1. */
  private static View squeeze(View view) {
    List<List<Axis>> dimensions =
        view.dimensions().stream().filter(each -> View.length(each) != 1).toList();
    return view.with(dimensions);
  }

  private static View skip(View view, long count) throws UnmappedException {
    long length = View.length(view.dimensions().get(view.rows()));
    return select(view, view.rows(), 1, length, count, length - count);
  }

  private static View first(View view, long count) throws UnmappedException {
    long length = View.length(view.dimensions().get(view.rows()));
    return select(view, view.rows(), 1, length, 0, Math.min(count, length));
  }

  @SafeVarargs
  private static List<Axis> joined(List<Axis>... parts) {
    List<Axis> joined = new ArrayList<>();
    for (List<Axis> part : parts) {
      joined.addAll(part);
    }
    return joined;
  }
}
