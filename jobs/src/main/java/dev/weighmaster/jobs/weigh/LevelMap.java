package dev.weighmaster.jobs.weigh;

import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The tensors of a weighing by layer and kind.
 *
 * @param kinds in the order in which the tensors have them first
 * @param layers in order
 * @param places of all tensors, in their order
 */
public record LevelMap(
    List<String> kinds,
    List<Integer> layers,
    List<Place> places,
    Map<String, Map<Integer, Cell>> cells) {
  /** Above which a map is not drawn whose cells are mostly empty. */
  private static final int MANY_CELLS = 10_000;

  private static final int LAYERS_IN_A_BAND = 40;

  public LevelMap {
    kinds = List.copyOf(kinds);
    layers = List.copyOf(layers);
    places = List.copyOf(places);
    cells = Map.copyOf(cells);
  }

  /**
   * Where a tensor is in the map.
   *
   * @param index among the weighing's tensors
   * @param layer empty for one that is of no layer, or of a model whose names make no map
   */
  public record Place(int index, TensorWeighing tensor, Optional<Integer> layer, String kind) {}

  /**
   * The tensors of one kind and layer: one, but for experts that have a tensor each.
   *
   * @param worst the first of those with the worst level
   */
  public record Cell(Place worst, int tensors) {
    public Level level() {
      return worst.tensor().level();
    }

    private Cell and(Place other) {
      boolean worse = other.tensor().level().compareTo(level()) > 0;
      return new Cell(worse ? other : worst, tensors + 1);
    }
  }

  static LevelMap of(List<TensorWeighing> tensors) {
    List<TensorName> names = tensors.stream().map(each -> TensorName.of(each.name())).toList();
    Set<String> stacks =
        names.stream()
            .filter(name -> name.layer().isPresent())
            .map(TensorName::stack)
            .collect(Collectors.toSet());
    Set<String> kinds = new LinkedHashSet<>();
    Set<Integer> layers = new TreeSet<>();
    for (TensorName name : names) {
      name.layer().ifPresent(layers::add);
      name.layer().ifPresent(layer -> kinds.add(kind(name, stacks)));
    }
    long size = (long) kinds.size() * layers.size();
    if (size > Math.max(MANY_CELLS, 4L * tensors.size())) {
      kinds.clear();
      layers.clear();
    }
    List<Place> places = new ArrayList<>();
    Map<String, Map<Integer, Cell>> cells = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      TensorName name = names.get(i);
      Optional<Integer> layer = name.layer().filter(layers::contains);
      String kind = layer.isPresent() ? kind(name, stacks) : tensors.get(i).name();
      Place place = new Place(i, tensors.get(i), layer, kind);
      places.add(place);
      layer.ifPresent(
          number ->
              cells
                  .computeIfAbsent(kind, any -> new LinkedHashMap<>())
                  .merge(number, new Cell(place, 1), (cell, one) -> cell.and(place)));
    }
    return new LevelMap(List.copyOf(kinds), List.copyOf(layers), places, cells);
  }

  /** Stacks are told apart where there are several, such as those of an encoder and a decoder. */
  private static String kind(TensorName name, Set<String> stacks) {
    return stacks.size() == 1 ? name.kind() : name.stackAndKind();
  }

  /** The layers in rows of a map that are about as wide as each other. */
  public List<List<Integer>> bands() {
    int count = (layers.size() + LAYERS_IN_A_BAND - 1) / LAYERS_IN_A_BAND;
    List<List<Integer>> bands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      bands.add(layers.subList(i * layers.size() / count, (i + 1) * layers.size() / count));
    }
    return bands;
  }

  /** The kinds that these layers have. */
  public List<String> kindsOf(List<Integer> band) {
    return kinds.stream()
        .filter(kind -> band.stream().anyMatch(layer -> cell(kind, layer).isPresent()))
        .toList();
  }

  public Optional<Cell> cell(String kind, int layer) {
    return Optional.ofNullable(cells.get(kind)).map(row -> row.get(layer));
  }

  /** The tensors that are of no layer. */
  public List<Place> outside() {
    return places.stream().filter(place -> place.layer().isEmpty()).toList();
  }
}
