package dev.weighmaster.jobs;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.sign.CheckedStatement;

/** What the files and the statements of a repository are brought together by. */
record RepositoryKey(String repository, String revision) {

  static RepositoryKey of(HubFile file) {
    return new RepositoryKey(file.repository(), file.revision());
  }

  static RepositoryKey of(CheckedStatement statement) {
    return new RepositoryKey(statement.repository(), statement.revision());
  }
}
