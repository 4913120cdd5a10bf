package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table between processes of the packaged program. */
@Tag("packaged")
class TableProcessesTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("weighmaster.root")).resolve("bin/weighmaster");
  private static final int MINUTES_TO_RUN = 3;

  @TempDir private Path folder;
  private SmallHub small;
  private Path table;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
    table = folder.resolve("table");
  }

  @Test
  void aTableThatAnotherProcessWritesToIsNotAuditedInto() throws Exception {
    AuditTable audits = AuditTable.at(table.toString(), new Configuration());
    try (TableLock lock = audits.lock("run 7")) {
      Ended audit = run(audit());

      assertThat(audit.exitCode).isEqualTo(3);
      assertThat(audit.out).isEmpty();
      assertThat(audit.err)
          .startsWith("weighmaster: the audit table file:" + table + " is in use: run 7 on host ")
          .contains("(process " + ProcessHandle.current().pid() + ")")
          .hasLineCount(1);
      lock.confirm();
    }
  }

  @Test
  void anAuditThatWasKilledIsNotInTheWayOfTheNextWhichIsCheckedAndPruned() throws Exception {
    Process killed = start(audit());
    while (killed.isAlive() && table.resolve("_lock").toFile().length() == 0) {
      Thread.onSpinWait();
    }
    killed.destroyForcibly().waitFor();
    assertThat(table.resolve("_lock")).exists();

    assertThat(run(audit()).exitCode).isZero();

    Ended verified = run("table", "verify", "--table", table.toString());
    assertThat(verified.out).as(verified.err).startsWith("✓  ").endsWith(" 1 is as written\n");
    assertThat(verified.exitCode).isZero();
    Ended pruned = run("table", "prune", "--table", table.toString(), "--keep", "0d");
    assertThat(pruned.out).as(pruned.err).isEqualTo("removed 0 runs · 0 B\n");
    assertThat(pruned.exitCode).isZero();

    Path part = part("audit");
    Files.writeString(part, "more", StandardOpenOption.APPEND);
    Ended damaged = run("table", "verify", "--table", table.toString(), "--json");
    assertThat(damaged.out).contains(table.relativize(part) + " has ");
    assertThat(damaged.exitCode).isEqualTo(2);
  }

  private Path part(String dataSet) throws IOException {
    try (Stream<Path> files = Files.walk(table.resolve(dataSet))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
  }

  private String[] audit() {
    return new String[] {"audit", "--hub", small.hub().toString(), "--table", table.toString()};
  }

  private record Ended(int exitCode, String out, String err) {}

  private Ended run(String... arguments) throws Exception {
    Process process = start(arguments);
    try {
      assertThat(process.waitFor(MINUTES_TO_RUN, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(
        process.exitValue(),
        Files.readString(folder.resolve("out")),
        Files.readString(folder.resolve("err")));
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    Collections.addAll(command, arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("WEIGHMASTER_JAVA_OPTS");
    return builder.start();
  }
}
