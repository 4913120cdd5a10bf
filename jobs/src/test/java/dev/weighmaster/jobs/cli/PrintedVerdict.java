package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.jobs.cli.Commands.Result;
import java.io.IOException;
import java.nio.file.Path;

/** What {@code verify --json} prints of a repository of a hub. */
public final class PrintedVerdict {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PrintedVerdict() {}

  public static JsonNode of(Path hub, String repository, Path policy) throws IOException {
    Result result =
        Commands.run("verify", hub.resolve(repository), "--hub", hub, "--policy", policy, "--json");
    assertThat(result.err()).as(repository).isEmpty();
    return JSON.readTree(result.out());
  }

  /** The same as people read it. */
  public static String text(Path hub, String repository, Path policy) {
    Result result =
        Commands.run("verify", hub.resolve(repository), "--hub", hub, "--policy", policy);
    assertThat(result.err()).as(repository).isEmpty();
    return result.out();
  }
}
