package dev.weighmaster.jobs.serve;

import dev.weighmaster.jobs.serve.Refusal.Kind;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.util.Optional;
import java.util.Set;

/**
 * A request to verify a repository.
 *
 * @param revision the snapshot; empty for the only one, or the one of the branch main
 * @param orUnversioned whether a repository that the hub keeps without revisions will do
 * @param skipped why an event of the Hub's leaves nothing to verify
 */
record VerifyRequest(
    RepositoryName repository,
    Optional<String> revision,
    boolean orUnversioned,
    Optional<String> skipped) {
  private static final Set<String> FIELDS = Set.of("repository", "revision");
  private static final Set<String> SCOPES = Set.of("repo", "repo.content");
  private static final Set<String> ACTIONS = Set.of("create", "update");

  static VerifyRequest of(RepositoryName repository, Optional<String> revision) throws Refusal {
    if (revision.isPresent() && !RepositoryName.isRevision(revision.get())) {
      throw new Refusal(Kind.BAD_REQUEST, "the revision must be the name of a snapshot");
    }
    return new VerifyRequest(repository, revision, false, Optional.empty());
  }

  /** Reads this service's own form, or the payload of a webhook of the Hugging Face Hub. */
  static VerifyRequest parse(byte[] body) throws Refusal {
    try {
      JsonFields fields = JsonFields.parse(body);
      return fields.has("event") ? ofWebhook(fields) : ofOwnForm(fields);
    } catch (MalformedJsonException e) {
      throw new Refusal(Kind.BAD_REQUEST, "the body: " + e.getMessage());
    }
  }

  private static VerifyRequest ofOwnForm(JsonFields fields) throws MalformedJsonException, Refusal {
    fields.mustOnlyHave(FIELDS);
    return of(RepositoryName.parse(fields.string("repository")), fields.optionalString("revision"));
  }

  /** The payload has more fields than are read here, and gets new ones. */
  private static VerifyRequest ofWebhook(JsonFields fields) throws MalformedJsonException, Refusal {
    JsonFields event = fields.object("event");
    String action = event.string("action");
    String scope = event.string("scope");
    JsonFields repo = fields.object("repo");
    String type = repo.string("type");
    VerifyRequest wanted =
        of(RepositoryName.parse(repo.string("name")), repo.optionalString("headSha"));
    Optional<String> skipped =
        !type.equals("model")
            ? Optional.of("only repositories of models have verdicts")
            : !SCOPES.contains(scope) || !ACTIONS.contains(action)
                ? Optional.of("the event does not change the repository's files")
                : Optional.empty();
    return new VerifyRequest(wanted.repository, wanted.revision, true, skipped);
  }
}
