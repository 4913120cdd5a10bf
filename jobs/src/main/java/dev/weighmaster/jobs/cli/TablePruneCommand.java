package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.table.TablePrune;
import dev.weighmaster.jobs.table.TablePrune.Pruned;
import dev.weighmaster.jobs.table.TablePrune.PrunedRun;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.json.RecordJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code weighmaster table prune}: removes old runs. */
@Command(
    name = "prune",
    description = {
      "Removes runs that finished longer ago than --keep, and what interrupted runs left behind.",
      "The newest run of each hub always stays."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:done, even if nothing was old",
      "3:it could not be done, for example because an audit is writing to the table",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster table prune --table /srv/audit --keep 30d",
      "  weighmaster table prune --table /srv/audit --keep 12w --dry-run"
    })
final class TablePruneCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ReadTableOption table;

  @Option(
      names = "--keep",
      required = true,
      paramLabel = "TIME",
      converter = Age.class,
      description = "Keep runs of the last days or weeks, such as 30d or 12w.")
  private Duration keep;

  @Option(names = "--dry-run", description = "Only say what would be removed.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    TablePrune prune = new TablePrune(table.existing(), Instant.now().minus(keep));
    Pruned pruned = (dryRun ? prune.dryRun() : prune).execute();
    PrintWriter out = spec.commandLine().getOut();
    json.print(out, () -> json(pruned, dryRun), () -> print(pruned, out));
    return 0;
  }

  private void print(Pruned pruned, PrintWriter out) {
    String removed = dryRun ? "would remove " : "removed ";
    for (PrunedRun run : pruned.runs()) {
      out.println(
          removed
              + "run "
              + PlainText.line(run.id())
              + " of "
              + PlainText.line(run.hub())
              + ", finished "
              + run.finishedAt()
              + ", "
              + Sizes.bytes(run.bytes()));
    }
    for (String folder : pruned.folders()) {
      out.println(removed + PlainText.line(folder) + ", of a run that was broken off");
    }
    if (pruned.staged() > 0) {
      out.println(
          removed + Sizes.bytes(pruned.staged()) + " that a run has staged and not published");
    }
    out.println(
        removed
            + pruned.runs().size()
            + (pruned.runs().size() == 1 ? " run" : " runs")
            + " · "
            + Sizes.bytes(pruned.bytes()));
  }

  /** What {@code --json} prints. */
  private record Shown(
      boolean dryRun, long bytes, long stagedBytes, List<ShownRun> runs, List<String> folders) {}

  private record ShownRun(String runId, String hub, Instant finishedAt, long bytes) {}

  static ObjectNode json(Pruned pruned, boolean dryRun) {
    return RecordJson.tree(
        new Shown(
            dryRun,
            pruned.bytes(),
            pruned.staged(),
            pruned.runs().stream()
                .map(run -> new ShownRun(run.id(), run.hub(), run.finishedAt(), run.bytes()))
                .toList(),
            pruned.folders()));
  }

  /** Days or weeks. */
  static final class Age implements ITypeConverter<Duration> {
    private static final Pattern AGE = Pattern.compile("(\\d{1,5})([dw])");
    private static final int DAYS_OF_A_WEEK = 7;

    @Override
    public Duration convert(String value) {
      Matcher matcher = AGE.matcher(value);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + value + "' is not a time span; write days or weeks, such as 30d or 12w");
      }
      long count = Long.parseLong(matcher.group(1));
      return Duration.ofDays(matcher.group(2).equals("w") ? count * DAYS_OF_A_WEEK : count);
    }
  }
}
