package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.table.TablePrune.Pruned;
import dev.weighmaster.jobs.table.TablePrune.PrunedRun;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TablePruneCommandTest {
  @Test
  void aMachineReadsWhatHasGoneOrWouldGo() {
    Pruned pruned =
        new Pruned(
            List.of(new PrunedRun("r\"1", "/hub", Instant.parse("2026-11-22T00:00:00Z"), 7)),
            List.of("audit/run_id=r0"),
            3,
            10);

    assertThat(TablePruneCommand.json(pruned, true))
        .hasToString(
            "{\"dry_run\":true,\"bytes\":10,\"staged_bytes\":3,\"runs\":[{\"run_id\":\"r\\\"1\","
                + "\"hub\":\"/hub\",\"finished_at\":\"2026-11-22T00:00:00Z\",\"bytes\":7}],"
                + "\"folders\":[\"audit/run_id=r0\"]}");
  }
}
