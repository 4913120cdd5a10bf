package dev.weighmaster.jobs.spark;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.signature.CheckedStatement;

/** The key that joins the files and the statements of a repository. */
public record RepositoryKey(String repository, String revision) {

  /** The key of the repository that a file lies in. */
  public static RepositoryKey of(HubFile file) {
    return new RepositoryKey(file.repository(), file.revision());
  }

  /** The key of the repository that a statement lies in. */
  public static RepositoryKey of(CheckedStatement statement) {
    return new RepositoryKey(statement.repository(), statement.revision());
  }
}
