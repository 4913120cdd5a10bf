package dev.weighmaster.jobs.weigh;

import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.ComparedValue.State;
import java.util.List;

/**
 * How the metadata values of one kind compare.
 *
 * @param absent that one of the two has and the other has not
 */
public record MetadataTotals(int equal, int different, int absent) {

  public static MetadataTotals of(List<ComparedValue> metadata, Kind kind) {
    return new MetadataTotals(
        count(metadata, kind, State.EQUAL),
        count(metadata, kind, State.DIFFERENT),
        count(metadata, kind, State.ABSENT));
  }

  private static int count(List<ComparedValue> metadata, Kind kind, State state) {
    return (int)
        metadata.stream().filter(each -> each.kind() == kind && each.state() == state).count();
  }

  public int all() {
    return equal + different + absent;
  }

  public boolean differ() {
    return equal < all();
  }
}
