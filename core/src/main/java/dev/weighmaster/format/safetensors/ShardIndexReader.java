package dev.weighmaster.format.safetensors;

import static dev.weighmaster.format.HostileText.quoted;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads a {@code *.safetensors.index.json}, as Transformers writes it. */
public final class ShardIndexReader {
  /** Ten times what a model of a hundred thousand tensors takes. */
  static final long MAX_BYTES = 100_000_000;

  static final int MAX_FILES = 65_536;

  static final int MAX_NAME = 1024;

  /** No control character, backslash or colon: names that every storage takes alike. */
  private static final Pattern SEGMENT = Pattern.compile("[^\\p{Cntrl}/\\\\:]+");

  private ShardIndexReader() {}

  /**
   * Reads the source to its end.
   *
   * @param source that nothing has been read from; it is left open
   * @return without files where it names none
   * @throws MalformedWeightsException if it is no such index, or names a file that is not beside or
   *     below it
   * @throws IOException if the source can't be read
   */
  public static ShardIndex read(ByteSource source) throws IOException {
    if (source.size() > MAX_BYTES) {
      throw new MalformedWeightsException(
          0, "the index has %d bytes, more than %d".formatted(source.size(), MAX_BYTES));
    }
    var input = new HeaderInput(source);
    try (var json = new StrictJson(StrictJson.Dialect.PYTHON, "the index", input, source.size())) {
      return new ShardIndex(List.copyOf(files(json)));
    }
  }

  private static SortedSet<String> files(StrictJson json) throws IOException {
    // Python keeps the last of two entries of one name.
    Map<String, String> weightMap = Map.of();
    json.beginObject("the index");
    while (json.hasEntry()) {
      if (json.name().equals("weight_map")) {
        weightMap = readWeightMap(json);
      } else {
        json.skipValue();
      }
    }
    json.finish(" \t\r\n");
    return new TreeSet<>(weightMap.values());
  }

  private static Map<String, String> readWeightMap(StrictJson json) throws IOException {
    Map<String, String> weightMap = new HashMap<>();
    Map<String, String> files = new HashMap<>();
    json.beginObject("weight_map");
    while (json.hasEntry()) {
      String tensor = json.name();
      String name = plain(json.readText("an entry of weight_map"));
      if (!isBelow(name)) {
        throw json.malformed("weight_map names %s, not a file here".formatted(quoted(name)));
      }
      weightMap.put(tensor, files.computeIfAbsent(name, Function.identity()));
      if (files.size() > MAX_FILES) {
        throw json.malformed("weight_map names more than %d files".formatted(MAX_FILES));
      }
    }
    return weightMap;
  }

  /** A loader joins the name to the index's folder, where {@code ./} makes no difference. */
  private static String plain(String name) {
    return name.startsWith("./") ? name.substring(2) : name;
  }

  private static boolean isBelow(String name) {
    if (name.length() > MAX_NAME) {
      return false;
    }
    for (String segment : name.split("/", -1)) {
      if (segment.equals(".") || segment.equals("..") || !SEGMENT.matcher(segment).matches()) {
        return false;
      }
    }
    return true;
  }
}
