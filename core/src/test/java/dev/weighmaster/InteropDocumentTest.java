package dev.weighmaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InteropDocumentTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final Pattern REFERENCE = Pattern.compile("`(\\w+)#(\\w+)`");

  @Test
  void everyTestThatTheDocumentNamesExists() throws IOException {
    Map<String, String> classes = testClasses();
    String document = Files.readString(ROOT.resolve("docs/interop.md"));
    var missing = new TreeSet<String>();
    for (MatchResult reference : REFERENCE.matcher(document).results().toList()) {
      String source = classes.getOrDefault(reference.group(1), "");
      if (!source.contains(" void " + reference.group(2) + "(")) {
        missing.add(reference.group());
      }
    }

    assertThat(document).contains("JavaScriptInteropTest#");
    assertThat(missing).isEmpty();
  }

  /** The sources of all modules, since those below can't see the classes of those above. */
  private static Map<String, String> testClasses() throws IOException {
    var classes = new HashMap<String, String>();
    for (String module : new String[] {"core", "jobs"}) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString();
          classes.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
        }
      }
    }
    return classes;
  }
}
