package dev.weighmaster.jobs.badge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.verdict.Verdict;

/** A badge as the answer that shields.io's endpoint badge asks for, schema version 1. */
public final class ShieldsBadge {
  private ShieldsBadge() {}

  /** The answer. What warns is marked as an error, so that nobody can choose another colour. */
  public static ObjectNode of(Badge badge) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("schemaVersion", 1)
            .put("label", Badge.LABEL)
            .put("message", badge.message())
            // Shields takes the digits alone for the colour that they are.
            .put("color", badge.colour().substring(1));
    return badge.verdict() == Verdict.VERIFIED ? json : json.put("isError", true);
  }
}
