package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plan of docs/operations.md follows from its own inputs, to the digits that it prints. */
class PlanOnPaperTest {
  private static final Pattern INPUT =
      Pattern.compile("(?m)^\\| (\\w{1,2}) \\| [^|]+ \\| ([\\d.]+) \\|");
  private static final Pattern RESULT =
      Pattern.compile("(?m)^\\| ([^|]+?) \\| [^|]* \\| ([\\d.]+) \\| ([\\d.]+) \\|");

  private static final double HOUR = 3600;

  private final String document = read();
  private final Map<String, Double> inputs = inputs();

  @ParameterizedTest
  @CsvSource({"false, 2", "true, 3"})
  void theTableIsWhatItsFormulasGive(boolean night, int column) {
    Map<String, Double> computed = plan(night);
    Map<String, String> printed = new LinkedHashMap<>();
    for (MatchResult row : RESULT.matcher(document).results().toList()) {
      printed.put(row.group(1).replaceAll(",.*", ""), row.group(column));
    }

    assertThat(printed.keySet()).containsExactlyElementsOf(computed.keySet());
    printed.forEach(
        (what, value) -> assertThat(value).as(what).isEqualTo(rounded(computed.get(what), value)));
  }

  @Test
  void theSumsInTheTextAreThoseOfTheTable() {
    double gigabytes = inputs.get("B") * 1e6;

    assertThat(document)
        .contains("costs F L, $" + rounded(inputs.get("F") * inputs.get("L"), "0.50"))
        .contains("$0.045 a gigabyte, the first audit would cost $" + dollars(gigabytes * 0.045))
        .contains("from another region, at $0.02,\n  $" + dollars(gigabytes * 0.02))
        .contains("$0.01 a gigabyte, $" + dollars(gigabytes * 0.01));
  }

  private Map<String, Double> plan(boolean night) {
    double again = in("v") / 100 + (1 - in("v") / 100) / in("k");
    double share = night ? again : 1;
    double bytes = in("B") * 1e15 * share;
    double seconds = in(night ? "t2" : "t1") * HOUR;
    double instance = Math.min(in("c") * in("h") * 1e9, in("u") / 100 * in("n") * 1e9 / 8);
    double instances = Math.ceil(bytes / (seconds * instance));
    double taken = bytes / (instances * instance);
    double files = in("F") * 1e6 * share + (night ? in("S") * 1e6 : 0);
    double requests = bytes / (in("g") * (1 << 20)) + files;
    double gets = requests / 1000 * in("G");
    double report = in("F") * in("I");
    double machines = (instances + 1) * taken / HOUR * in("p");
    Map<String, Double> plan = new LinkedHashMap<>();
    plan.put("bytes read", bytes / 1e15);
    plan.put("rate of the cluster", bytes / seconds / 1e9);
    plan.put("network of the cluster", 8 * bytes / seconds / 1e9);
    plan.put("rate of an instance", instance / 1e9);
    plan.put("instances", instances);
    plan.put("cores", instances * in("c"));
    plan.put("time that these take", taken / HOUR);
    plan.put("each core hashes", instance / in("c") / 1e9);
    plan.put("GET requests", requests / 1e6);
    plan.put("GET requests a second", requests / taken);
    plan.put("GET requests cost", gets);
    plan.put("the inventory report costs", report);
    plan.put("instances cost", machines);
    plan.put("together", gets + report + machines);
    return plan;
  }

  private double in(String symbol) {
    return inputs.get(symbol);
  }

  private Map<String, Double> inputs() {
    Map<String, Double> values = new LinkedHashMap<>();
    for (MatchResult row : INPUT.matcher(document).results().toList()) {
      values.put(row.group(1), Double.valueOf(row.group(2)));
    }
    assertThat(values.keySet())
        .containsExactlyElementsOf(
            List.of(
                "B", "F", "S", "v", "k", "t1", "t2", "g", "h", "c", "n", "u", "p", "G", "L", "I"));
    return values;
  }

  /** As many digits as are printed. */
  private static String rounded(double value, String printed) {
    int digits = printed.contains(".") ? printed.length() - printed.indexOf('.') - 1 : 0;
    return BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_UP).toPlainString();
  }

  private static String dollars(double value) {
    return rounded(value, "0").replaceAll("(\\d)(?=(\\d{3})+$)", "$1,");
  }

  private static String read() {
    try {
      return Files.readString(
          Path.of(System.getProperty("weighmaster.root")).resolve("docs/operations.md"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
