package dev.weighmaster.jobs.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.badge.Badge;
import dev.weighmaster.jobs.badge.ShieldsBadge;
import dev.weighmaster.jobs.verify.RepositoryVerdict;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedQuantization;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The JSON of a verdict: that of {@code weighmaster verify --json}, and each badge. */
final class VerdictAnswer {
  private VerdictAnswer() {}

  /** The whole answer. */
  static ObjectNode of(RepositoryVerdict verdict) {
    ObjectNode answer = verdict.toTree();
    ArrayNode quantizations = (ArrayNode) answer.get("quantizations");
    for (int i = 0; i < quantizations.size(); i++) {
      JudgedQuantization judged = verdict.quantizations().get(i);
      ObjectNode node = (ObjectNode) quantizations.get(i);
      node.set("shield", ShieldsBadge.of(badge(judged)));
      node.put("badge_svg", path(verdict, judged));
    }
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
}
