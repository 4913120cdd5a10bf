package dev.weighmaster.jobs.badge;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.WrittenRun;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class BadgeExportTest {
  private static final LocalDate DATE = WrittenRun.DATE;

  @TempDir private Path folder;
  private Path table;
  private Path out;

  @BeforeEach
  void nameFolders() {
    table = folder.resolve("table");
    out = folder.resolve("out");
  }

  @Test
  void everyQuantizationHasOneOfEach() throws Exception {
    List<AuditRow> rows = WrittenRun.rows(DATE, 100);
    WrittenRun.write(table, DATE, rows, List.of());

    BadgeExport.Written written = export();

    assertThat(written.quantizations()).isEqualTo(100);
    assertThat(written.counts())
        .isEqualTo(
            rows.stream().collect(Collectors.groupingBy(AuditRow::verdict, Collectors.counting())));
    assertThat(files(".svg")).hasSize(100);
    assertThat(files(".json")).hasSize(100);
    assertThat(files(".html")).hasSize(101).contains("index.html");
    for (String svg : files(".svg")) {
      String page = Files.readString(out.resolve(svg.replaceAll("svg$", "html")));
      String title =
          BadgeTest.parsed(Files.readString(out.resolve(svg)))
              .getElementsByTagName("title")
              .item(0)
              .getTextContent();
      assertThat(title.endsWith(", verified")).isEqualTo(page.contains("<code>OK</code>"));
    }
  }

  @Test
  void aHostileHubLosesNothingAndLeavesTheFolderAlone() throws Exception {
    List<AuditRow> rows = new ArrayList<>();
    for (String name : HostileNames.ALL) {
      rows.add(WrittenRun.row(DATE, name + "/" + name, name, Reason.OK, name));
      rows.add(WrittenRun.row(DATE, "acme/base", name, Reason.DIGEST_MISMATCH, name));
    }
    // Half a surrogate pair becomes a question mark in Parquet.
    rows.removeIf(row -> row.quantization().contains("lone\udc00"));
    WrittenRun.write(table, DATE, rows, List.of());

    export();

    assertThat(files(".svg")).hasSameSizeAs(rows);
    try (Stream<Path> beside = Files.list(folder)) {
      assertThat(beside).containsExactlyInAnyOrder(table, out);
    }
    for (String svg : files(".svg")) {
      BadgeTest.parsed(Files.readString(out.resolve(svg)));
      new ObjectMapper().readTree(out.resolve(svg.replaceAll("svg$", "json")).toFile());
      assertThat(Files.readString(out.resolve(svg.replaceAll("svg$", "html"))))
          .doesNotContain("<script", "<svg onload", "\u202e", "\u001b");
    }
  }

  @Test
  void thePageSaysWhereTheStatementsLie() throws Exception {
    WrittenRun.write(
        table,
        DATE,
        List.of(WrittenRun.row(DATE, "quants/base", "q.gguf", Reason.OK, "acme/base")),
        List.of(
            WrittenRun.statement(DATE, "quants/base", "q.sigstore.json", LinkKind.QUANTIZATION),
            WrittenRun.statement(DATE, "acme/base", "model.sig", LinkKind.MODEL_SIGNATURE),
            WrittenRun.statement(DATE, "acme/other", "model.sig", LinkKind.MODEL_SIGNATURE)));

    export();

    assertThat(Files.readString(out.resolve("quants/base/q.gguf.html")))
        .contains("quants/base/q.sigstore.json", "acme/base/model.sig")
        .doesNotContain("acme/other");
  }

  @Test
  void thePageSaysWhatMayBeLoadedWithVerifiedWeights() throws Exception {
    AuditRow row = WrittenRun.row(DATE, "quants/base", "q.safetensors", Reason.OK, "acme/base");
    AuditRow older = WrittenRun.row(DATE, "quants/older", "q.safetensors", Reason.OK, "acme/base");
    WrittenRun.write(
        table,
        DATE,
        List.of(
            WrittenRun.withExtras(
                row,
                Optional.of(
                    List.of(
                        new LoaderExtra("adapter_model.safetensors", LoaderExtra.Kind.ADAPTER),
                        new LoaderExtra("<b>\u202e.py", LoaderExtra.Kind.CODE)))),
            WrittenRun.withExtras(older, Optional.empty())),
        List.of());

    export();

    assertThat(Files.readString(out.resolve("quants/base/q.safetensors.html")))
        .contains(
            "<strong>Not the weights alone:</strong>",
            "What may be loaded with it",
            "<bdi>adapter_model.safetensors</bdi>: an adapter that is applied to the weights",
            "<bdi>&lt;b&gt;\\u202e.py</bdi>: code that is run with the model");
    assertThat(Files.readString(out.resolve("quants/older/q.safetensors.html")))
        .doesNotContain("What may be loaded with it");
  }

  @Test
  void thePageOfWhatWasVerifiedSaysThatItIsNewlyUnverified() throws Exception {
    LocalDate before = DATE.minusDays(1);
    WrittenRun.write(
        table,
        before,
        List.of(
            WrittenRun.row(before, "quants/lost", "q.gguf", Reason.OK, "acme/base"),
            WrittenRun.row(before, "quants/kept", "q.gguf", Reason.OK, "acme/base"),
            WrittenRun.row(before, "quants/broken", "q.gguf", Reason.OK, "acme/base"),
            WrittenRun.row(before, "quants/never", "q.gguf", Reason.NO_ATTESTATION, "acme/base")),
        List.of());
    WrittenRun.write(
        table,
        DATE,
        List.of(
            WrittenRun.row(DATE, "quants/lost", "q.gguf", Reason.NO_ATTESTATION, "acme/base"),
            WrittenRun.row(DATE, "quants/kept", "q.gguf", Reason.OK, "acme/base"),
            WrittenRun.row(DATE, "quants/broken", "q.gguf", Reason.DIGEST_MISMATCH, "acme/base"),
            WrittenRun.row(DATE, "quants/never", "q.gguf", Reason.NO_ATTESTATION, "acme/base")),
        List.of());

    export();

    assertThat(Files.readString(out.resolve("quants/lost/q.gguf.html")))
        .contains("<strong>Newly unverified:</strong> in the audit of " + before);
    for (String other : List.of("kept", "broken", "never")) {
      assertThat(Files.readString(out.resolve("quants/" + other + "/q.gguf.html")))
          .doesNotContain("Newly unverified");
    }
  }

  @Test
  void namesThatDifferInCaseAloneTakeNobodysPlace() throws Exception {
    WrittenRun.write(
        table,
        DATE,
        List.of(
            WrittenRun.row(DATE, "acme/base", "q.gguf", Reason.NO_ATTESTATION, "acme/base"),
            WrittenRun.row(DATE, "ACME/base", "q.gguf", Reason.OK, "acme/base")),
        List.of());

    export();

    assertThat(files(".svg")).hasSize(2).doesNotContain("acme/base/q.gguf.svg");
    assertThat(files(".svg").stream().map(String::toLowerCase)).doesNotHaveDuplicates();
  }

  @Test
  void aLaterRunReplacesWhatWasWrittenAndRemovesNothingElse() throws Exception {
    WrittenRun.write(
        table,
        DATE,
        List.of(
            WrittenRun.row(DATE, "acme/stays", "q.gguf", Reason.OK, "acme/base"),
            WrittenRun.row(DATE, "acme/goes", "q.gguf", Reason.OK, "acme/base")),
        List.of());
    export();
    Files.writeString(out.resolve("acme/goes/notes.txt"), "mine");
    LocalDate next = DATE.plusDays(1);
    WrittenRun.write(
        table,
        next,
        List.of(WrittenRun.row(next, "acme/stays", "q.gguf", Reason.REVOKED, "acme/base")),
        List.of());

    BadgeExport.Written written = export();

    assertThat(written.removed()).isEqualTo(4); // and the script with the index's rows
    assertThat(files(".svg")).containsExactly("acme/stays/q.gguf.svg");
    assertThat(Files.readString(out.resolve("acme/stays/q.gguf.svg"))).contains("broken chain");
    assertThat(files("")).contains("acme/goes/notes.txt").noneMatch(f -> f.contains("unfinished"));
  }

  @Test
  void aFileOfSomebodyElseIsNotReplaced() throws Exception {
    WrittenRun.write(table, DATE, WrittenRun.rows(DATE, 1), List.of());
    Files.createDirectories(out);
    Files.writeString(out.resolve("index.html"), "mine");

    assertThatThrownBy(this::export)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("index.html was not written by 'weighmaster badges'");

    assertThat(out.resolve("index.html")).hasContent("mine");
  }

  @Test
  void twoThatWriteAtOnceDoNotMix() throws Exception {
    WrittenRun.write(
        table,
        DATE,
        List.of(WrittenRun.row(DATE, "quants/base", "q.gguf", Reason.OK, "acme/base")),
        List.of());
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                out.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = other.inputReader()) {
      assertThat(said.readLine()).isEqualTo("held");

      assertThatThrownBy(this::export)
          .isInstanceOf(IOException.class)
          .hasMessage("another 'weighmaster badges' is writing to " + out);
    } finally {
      other.destroyForcibly().waitFor();
    }
    // What was ended in the middle stands in nobody's way.
    export();
    assertThat(files(".svg")).hasSize(1);
  }

  /** Another process that writes to the folder. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (BadgeFolder folder = BadgeFolder.open(Path.of(arguments[0]))) {
        folder.write("quants/other.svg", "<svg/>");
        System.out.println("held");
        while (System.in.read() >= 0) {
          // Until the test has seen enough.
        }
      }
    }
  }

  @Test
  void twoOfOneProcessDoNotMixEither() throws Exception {
    BadgeFolder other = BadgeFolder.open(out);
    assertThatThrownBy(() -> BadgeFolder.open(out))
        .isInstanceOf(IOException.class)
        .hasMessage("another 'weighmaster badges' is writing to " + out);
    other.close();
    BadgeFolder.open(out).close();
  }

  @Test
  void whatABrokenOffRunHasWrittenIsReplaced() throws Exception {
    WrittenRun.write(table, DATE, WrittenRun.rows(DATE, 10), List.of());
    try (BadgeFolder brokenOff = BadgeFolder.open(out)) {
      brokenOff.write("org000/model-00000-GGUF/model-00000.Q2_K_M.gguf.svg", "old");
      brokenOff.write("gone/model/q.gguf.svg", "old");
    }

    export();

    assertThat(files(".svg")).hasSize(10).noneMatch(svg -> svg.startsWith("gone"));
  }

  @ParameterizedTest
  @CsvSource({
    "SIGNATURE_INVALID, VERIFIED",
    "NO_ATTESTATION, VERIFIED",
    "SIGNATURE_INVALID, UNVERIFIED",
    "OK, BROKEN",
    "IO_ERROR, BROKEN",
  })
  void aVerdictThatItsReasonContradictsIsNotPublished(Reason reason, Verdict verdict)
      throws Exception {
    AuditRow row = WrittenRun.row(DATE, "acme/base", "q.gguf", reason, "a/b");
    WrittenRun.write(table, DATE, List.of(WrittenRun.withVerdict(row, verdict)), List.of());

    assertThatThrownBy(this::export).hasMessageContaining(verdict + ", with the reason " + reason);
    assertThat(files(".svg")).isEmpty();
  }

  @Test
  void whatAPolicyCallsBrokenForWantOfProofIsPublishedAsBroken() throws Exception {
    AuditRow row = WrittenRun.row(DATE, "acme/base", "q.gguf", Reason.NO_ATTESTATION, "a/b");
    AuditRow broken = WrittenRun.withVerdict(row, Verdict.BROKEN);
    WrittenRun.write(table, DATE, List.of(broken), List.of());

    export();

    assertThat(Files.readString(out.resolve("acme/base/q.gguf.svg"))).contains("broken chain");
  }

  @Test
  void aRunThatLacksRowsIsSaidAndRemovesNothing() throws Exception {
    List<AuditRow> rows = WrittenRun.rows(DATE, 10);
    WrittenRun.write(table, WrittenRun.run(DATE, rows), rows.subList(0, 9), List.of());

    assertThatThrownBy(this::export).hasMessageContaining("counts 10 quantizations and has 9");
    assertThat(files("index.html")).isEmpty();
  }

  private BadgeExport.Written export() throws IOException {
    return new BadgeExport(AuditedRun.newest(existing(table.toString()), Optional.empty()), out)
        .execute();
  }

  private List<String> files(String ending) throws IOException {
    try (Stream<Path> all = Files.walk(out)) {
      return all.filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .filter(name -> name.endsWith(ending))
          .sorted()
          .toList();
    }
  }
}
