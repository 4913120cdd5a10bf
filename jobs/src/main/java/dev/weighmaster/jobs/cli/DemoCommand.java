package dev.weighmaster.jobs.cli;

import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.demo.DemoHub;
import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.jobs.stage.AuditProgress;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster demo}: a hub to try everything on. */
@Command(
    name = "demo",
    description = {
      "Makes a small hub that has every verdict, audits it, and weighs two of its quantizations.",
      "The models are tiny and their weights random, but files, keys and signatures are real."
          + " An earlier demo in the folder is replaced; a folder with anything else is left alone."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:the hub and its audit are there",
      "3:it could not be made",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {"  weighmaster demo /tmp/weighmaster-demo"})
final class DemoCommand implements Callable<Integer> {
  /** The launcher says here how it was called. */
  private static final String COMMAND = "weighmaster.command";

  private static final Pattern PLAIN_ARGUMENT = Pattern.compile("[\\w@%+=:,./-]+");

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = "weighmaster-demo",
      description = "Where to make it (default: ./${DEFAULT-VALUE}).")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ProgressDisplay.say(err, "making the hub");
    DemoHub demo = DemoHub.create(folder);
    ProgressDisplay.say(err, "starting Spark");
    try (SparkSession spark = SparkSessions.open("weighmaster demo", Optional.empty())) {
      AuditResult result =
          new AuditJob(spark, Storages.absolute(demo.hub().toString()), demo.table().toString())
              .policy(PolicySource.read(demo.policy()))
              .progress(new Spoken(err))
              .execute();
      Screen screen = Screen.standard(System.getenv());
      DemoVerdicts verdicts = DemoVerdicts.read(spark, demo);
      verdicts.print(out, screen);
      AuditCommand.print(result, out, screen);
      DemoWeighings.print(demo, verdicts, out, screen);
    } catch (PolicyException e) {
      throw new IllegalStateException("the demo's own policy is wrong", e);
    }
    printPlaces(demo, out);
    printCommands(demo, out);
    out.flush();
    return 0;
  }

  /** Its files are read too fast for a bar. */
  private record Spoken(PrintWriter err) implements AuditProgress {
    @Override
    public void read(long files, long ofFiles, long bytes, long ofBytes) {}

    @Override
    public void begins(String work) {
      ProgressDisplay.say(err, work);
    }
  }

  private static void printPlaces(DemoHub demo, PrintWriter out) {
    out.println();
    out.println("hub     " + demo.hub());
    out.println("policy  " + demo.policy() + " (who is trusted, and what is revoked)");
    out.println(
        "keys    " + demo.keys() + " (of the publishers and the quantizer, for the demo only)");
    out.println("table   " + demo.table() + " (the audit's results, in Parquet)");
  }

  private static void printCommands(DemoHub demo, PrintWriter out) {
    String hub = demo.hub().toString();
    String table = demo.table().toString();
    String policy = demo.policy().toString();
    String unattested = hub + "/quantco/not-attested-GGUF";
    out.println();
    out.println("Next, try:");
    print(
        out,
        "a chain of three links that all hold",
        List.of(
            "verify", hub + "/quantco/tiny-base-via-F16-GGUF", "--hub", hub, "--policy", policy));
    print(
        out,
        "a quantization that was tampered with",
        List.of("verify", hub + "/quantco/tampered-GGUF", "--hub", hub, "--policy", policy));
    DemoHub.Weighable edited = demo.weighables().get(1);
    print(
        out,
        "weights that are not those of the source, under a chain that holds",
        List.of("weigh", edited.quantization().toString(), "--source", edited.source().toString()));
    print(
        out,
        "how many quantizations there are of each verdict and reason",
        List.of(
            "sql",
            "--table",
            table,
            "SELECT verdict, reason, count(*) AS quantizations FROM latest"
                + " GROUP BY ALL ORDER BY verdict, reason"));
    print(
        out,
        "attest what nobody has attested yet",
        List.of(
            "attest",
            unattested + "/tiny-Q8_0.gguf",
            "--source",
            hub + "/acme/tiny-base",
            "--model",
            "acme/tiny-base",
            "--tool",
            "weighmaster/demo@1",
            "--method",
            "Q8_0",
            "--key",
            demo.keys() + "/quantco.pem"));
    print(
        out,
        "audit the hub again: one more is verified",
        List.of("audit", "--hub", hub, "--table", table, "--policy", policy));
    print(
        out,
        "put that on paper, for auditors: report.html in a browser",
        List.of(
            "report", "--table", table, "--out", demo.table().resolveSibling("report").toString()));
  }

  private static void print(PrintWriter out, String purpose, List<String> arguments) {
    String command = System.getProperty(COMMAND, "weighmaster");
    out.println("  # " + purpose);
    out.println(
        "  "
            + Stream.concat(Stream.of(command), arguments.stream())
                .map(DemoCommand::quoted)
                .collect(Collectors.joining(" ")));
  }

  /** As a shell takes it for one word. */
  private static String quoted(String argument) {
    return PLAIN_ARGUMENT.matcher(argument).matches()
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }
}
