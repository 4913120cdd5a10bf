package dev.weighmaster.jobs.report;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.jobs.report.Report.Standing;
import dev.weighmaster.jobs.report.ReportReader.ReportedRow;
import dev.weighmaster.jobs.text.SpreadsheetText;
import dev.weighmaster.quantization.LoaderExtra;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * Writes every quantization of a run as comma-separated values (RFC 4180) for spreadsheets: what
 * can't be seen is written as a Java escape, and a cell that one would compute begins with an
 * apostrophe.
 */
final class CsvReport {
  static final List<String> COLUMNS =
      List.of(
          "repository",
          "revision",
          "quantization",
          "format",
          "method",
          "bits_per_weight",
          "file_count",
          "bytes",
          "digest",
          "declared_base_model",
          "verdict",
          "reason",
          "who_acts",
          "verdict_before",
          "reason_before",
          "detail",
          "source_model",
          "source_publisher",
          "tool",
          "tool_version",
          "chain_depth",
          "chain",
          "also_loaded");

  private CsvReport() {}

  /**
   * Writes the rows in their order, without keeping them.
   *
   * @return how many there were
   */
  static long write(ComparedRows rows, Writer file) throws IOException {
    CSVPrinter printer = new CSVPrinter(file, CSVFormat.RFC4180);
    printer.printRecord(COLUMNS);
    long number = 0;
    for (Optional<ReportedRow> row = rows.next(); row.isPresent(); row = rows.next()) {
      printer.printRecord(cells(row.get()).map(CsvReport::cell));
      number++;
    }
    printer.flush();
    return number;
  }

  private static Stream<Object> cells(ReportedRow reported) {
    AuditRow row = reported.row();
    return Stream.of(
        row.repository(),
        row.revision(),
        row.quantization(),
        row.format(),
        row.method(),
        row.bitsPerWeight(),
        row.fileCount(),
        row.bytes(),
        row.digest(),
        row.declaredBaseModel(),
        row.verdict(),
        row.reason(),
        row.reason().parties().stream().map(Enum::name).collect(Collectors.joining(" ")),
        reported.before().map(Standing::verdict),
        reported.before().map(Standing::reason),
        row.detail(),
        row.sourceModel(),
        row.sourcePublisher(),
        row.tool(),
        row.toolVersion(),
        row.chainDepth(),
        chain(row),
        row.alsoLoaded().map(CsvReport::extras));
  }

  private static String extras(List<LoaderExtra> extras) {
    return extras.stream()
        .map(extra -> extra.kind() + " " + extra.file())
        .collect(Collectors.joining(" | "));
  }

  /** The links that have decided, an arrow between them, and those of others behind a bar. */
  private static String chain(AuditRow row) {
    int depth = Math.min(row.chainDepth(), row.chain().size());
    String deciding =
        row.chain().subList(0, depth).stream()
            .map(CsvReport::link)
            .collect(Collectors.joining(" -> "));
    return Stream.concat(
            Stream.of(deciding).filter(text -> !text.isEmpty()),
            row.chain().subList(depth, row.chain().size()).stream().map(CsvReport::link))
        .collect(Collectors.joining(" | "));
  }

  private static String link(LinkRow link) {
    return link.kind()
        + " "
        + link.reason()
        + link.signerIdentity().map(signer -> " by " + signer).orElse("")
        + link.sourceModel().map(source -> " from " + source).orElse("");
  }

  private static String cell(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(CsvReport::cell).orElse(null);
    }
    return SpreadsheetText.cell(value.toString());
  }
}
