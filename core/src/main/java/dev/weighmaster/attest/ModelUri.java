package dev.weighmaster.attest;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A package URL of a model on a Hugging Face hub, {@code pkg:huggingface/org/name@revision}.
 *
 * @param model {@code org/name}, or {@code name} for a model without an organization
 */
public record ModelUri(String model, Optional<String> revision) {
  private static final Pattern PURL =
      Pattern.compile("pkg:huggingface/((?:[^/@?#]+/)?[^/@?#]+)(?:@([^/@?#]+))?(?:[?#].*)?");

  /** Reads the field {@code uri}; empty where it is absent or of another kind of source. */
  static Optional<ModelUri> of(JsonFields source) throws MalformedJsonException {
    Optional<String> uri = source.optionalString("uri");
    if (uri.isEmpty()) {
      return Optional.empty();
    }
    Matcher purl = PURL.matcher(uri.get());
    if (!purl.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ModelUri(
              decode(purl.group(1)), Optional.ofNullable(purl.group(2)).map(ModelUri::decode)));
    } catch (IllegalArgumentException e) {
      throw source.malformed("uri", "has a broken percent encoding");
    }
  }

  /** The package URL, with all but letters, digits and {@code .-_} percent-encoded. */
  public String text() {
    return "pkg:huggingface/" + encode(model) + revision.map(r -> "@" + encode(r)).orElse("");
  }

  private static String encode(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
