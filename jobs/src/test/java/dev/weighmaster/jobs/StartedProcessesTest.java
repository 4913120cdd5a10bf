package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.trust.PolicySource;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hadoop starts a process for a file's permissions, where nothing keeps it from doing so. */
class StartedProcessesTest {
  private static final String PROCESS_START = "jdk.ProcessStart";

  @Test
  void anAuditStartsNoProcessForAFileOrFolder(@TempDir Path folder) throws Exception {
    SmallHub small = SmallHub.write(folder);

    try (Recording recording = new Recording()) {
      recording.enable(PROCESS_START);
      recording.start();
      new AuditJob(TestSpark.session(), small.hub().toString(), folder.resolve("table").toString())
          .policy(PolicySource.read(small.policy()))
          .date(LocalDate.parse("2026-11-22"))
          .execute();
      recording.stop();
      Path file = folder.resolve("recording.jfr");
      recording.dump(file);
      List<RecordedEvent> started =
          RecordingFile.readAllEvents(file).stream()
              .filter(event -> event.getEventType().getName().equals(PROCESS_START))
              .toList();

      assertThat(started)
          .extracting(event -> event.getString("command"))
          .noneMatch(command -> command.contains(folder.toString()));
    }
  }
}
