package dev.weighmaster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.signature.Flaw;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents name as shown by a test is shown by one. */
class DocumentedTestsTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final Pattern REFERENCE = Pattern.compile("`(\\w+)#(\\w+)`");

  private static final Pattern FLAW = Pattern.compile("`([A-Z]+(?:_[A-Z]+)+)`");

  @ParameterizedTest
  @ValueSource(strings = {"interop/README.md", "docs/signatures.md", "docs/weighing.md"})
  void everyTestThatADocumentNamesExists(String path) throws IOException {
    Map<String, String> classes = testClasses();
    String document = Files.readString(ROOT.resolve(path));
    var missing = new TreeSet<String>();
    for (MatchResult reference : REFERENCE.matcher(document).results().toList()) {
      String source = classes.getOrDefault(reference.group(1), "");
      if (!source.contains(" void " + reference.group(2) + "(")) {
        missing.add(reference.group());
      }
    }

    assertThat(document).containsPattern(REFERENCE);
    assertThat(missing).isEmpty();
  }

  @Test
  void everyFlawAndReasonOfTheChecksIsOne() throws IOException {
    String document = Files.readString(ROOT.resolve("docs/signatures.md"));

    assertThat(FLAW.matcher(document).results().map(name -> name.group(1)))
        .isNotEmpty()
        .allMatch(name -> isConstant(Flaw.class, name) || isConstant(Reason.class, name));
  }

  private static boolean isConstant(Class<? extends Enum<?>> type, String name) {
    return Arrays.stream(type.getEnumConstants()).anyMatch(each -> each.name().equals(name));
  }

  /** The sources of all modules, since those below can't see the classes of those above. */
  private static Map<String, String> testClasses() throws IOException {
    var classes = new HashMap<String, String>();
    for (String module : new String[] {"core", "jobs"}) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String name = file.getFileName().toString();
          classes.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
        }
      }
    }
    return classes;
  }
}
