package dev.weighmaster.jobs.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.weighmaster.jobs.badge.Badge;
import dev.weighmaster.jobs.badge.ShieldsBadge;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedQuantization;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map.Entry;
import java.util.stream.Collectors;

/** The JSON of a verdict: that of {@code weighmaster verify --json}, and each badge. */
final class VerdictAnswer {
  private VerdictAnswer() {}

  /**
   * The whole answer.
   *
   * @param roots how messages may name the hub's root, which is nobody's business
   */
  static ObjectNode of(RepositoryVerdict verdict, List<String> roots) {
    ObjectNode answer = verdict.toTree();
    ArrayNode quantizations = (ArrayNode) answer.get("quantizations");
    for (int i = 0; i < quantizations.size(); i++) {
      JudgedQuantization judged = verdict.quantizations().get(i);
      ObjectNode node = (ObjectNode) quantizations.get(i);
      node.set("shield", ShieldsBadge.of(badge(judged)));
      node.put("badge_svg", path(verdict, judged));
    }
    hide(answer, roots);
    return answer;
  }

  static Badge badge(JudgedQuantization judged) {
    return Badge.of(judged.judgement().verdict(), judged.judgement().sourceModel());
  }

  private static String path(RepositoryVerdict verdict, JudgedQuantization judged) {
    String revision = verdict.repository().revision();
    return ServiceHandler.BADGE
        + encoded(verdict.repository().name())
        + "/"
        + encoded(judged.evidence().quantization().name())
        + ".svg"
        + (revision.isEmpty() ? "" : "?revision=" + encoded(revision));
  }

  private static String encoded(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }

  private static void hide(JsonNode node, List<String> roots) {
    if (node instanceof ObjectNode object) {
      for (Entry<String, JsonNode> field : object.properties()) {
        field.setValue(hidden(field.getValue(), roots));
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, hidden(array.get(i), roots));
      }
    }
  }

  private static JsonNode hidden(JsonNode value, List<String> roots) {
    hide(value, roots);
    if (!value.isTextual()) {
      return value;
    }
    String text = value.textValue();
    for (String root : roots) {
      text = text.replace(root + "/", "").replace(root, "the hub");
    }
    return TextNode.valueOf(text);
  }
}
