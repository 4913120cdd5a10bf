package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditedRunTest {
  private static final LocalDate FIRST = LocalDate.parse("2026-11-21");
  private static final LocalDate SECOND = FIRST.plusDays(1);

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
  }

  @Test
  void theNewestIsThatOfTheNewestDateAndHasAllOfItsRows() throws Exception {
    RunRow second = audit(SECOND);
    RunRow first = audit(FIRST);

    AuditedRun newest = AuditedRun.newest(TestSpark.session(), table(), Optional.empty());
    AuditedRun ofTheDate = AuditedRun.newest(TestSpark.session(), table(), Optional.of(FIRST));

    assertThat(newest.row().runId()).isEqualTo(second.runId());
    assertThat(ofTheDate.row().runId()).isEqualTo(first.runId());
    assertThat(newest.before(5))
        .extracting(run -> run.row().runId())
        .containsExactly(first.runId());
    assertThat(ofTheDate.before(5)).isEmpty();
    assertThat(newest.files().count()).isEqualTo(second.files());
    assertThat(newest.quantizations().collect())
        .extracting(AuditRow::runId, AuditRow::repository)
        .containsExactly(tuple(second.runId(), SmallHub.QUANTIZED));
    assertThat(newest.attestations().count()).isEqualTo(2);
  }

  @Test
  void aDateWithoutARunIsSaid() throws Exception {
    audit(FIRST);

    assertThatThrownBy(() -> AuditedRun.newest(TestSpark.session(), table(), Optional.of(SECOND)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no run of 2026-11-22");
  }

  private RunRow audit(LocalDate date) throws Exception {
    return new AuditJob(TestSpark.session(), small.hub().toString(), table())
        .policy(PolicySource.read(small.policy()))
        .date(date)
        .execute()
        .run();
  }

  private String table() {
    return folder.resolve("table").toString();
  }
}
