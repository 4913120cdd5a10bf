package dev.weighmaster.jobs.stage;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.HubShape;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;

/**
 * The files of a hub that lie in no repository, where folders should be. They have no rows.
 *
 * @param names of the first few, by path
 */
public record Strays(long count, List<String> names, Optional<HubShape> shape) {
  private static final int NAMED = 100;

  /** The strays of a listing, which this counts at once. */
  public static Strays among(JavaRDD<HubFile> listed) {
    JavaRDD<HubFile> strays = listed.filter(HubFile::isStray);
    return new Strays(
        strays.count(),
        strays.map(HubFile::path).takeOrdered(NAMED),
        HubShape.of(strays.filter(HubShape::isOfAModel).map(HubFile::path).takeOrdered(NAMED)));
  }

  /**
   * Throws where the hub seems to be a part of one: models lie where they should not, and none
   * where they should.
   *
   * @throws IOException that says what to call instead
   */
  public void checkIsHub(JavaRDD<HubFile> inventory, String hub) throws IOException {
    if (shape.isPresent() && inventory.filter(HubShape::isOfAModel).isEmpty()) {
      throw new IOException(shape.get().notAHub(hub));
    }
  }
}
