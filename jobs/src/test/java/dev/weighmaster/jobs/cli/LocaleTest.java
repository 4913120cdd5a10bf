package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.SmallHub;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command in a process of its own, by the locale that it finds there. */
@EnabledOnOs(OS.LINUX)
@Tag("slow")
class LocaleTest {
  private static final String NAME = "\u00e4\u6587\ud83e\udd99.gguf";

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
    small.write("nobody/base/" + NAME, SmallHub.quantization());
  }

  private record Ended(int exitCode, String out) {}

  private Ended verify(String locale) throws IOException, InterruptedException {
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dstdout.encoding=UTF-8",
                "-Dsun.stdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "verify",
                "nobody/base")
            .directory(small.hub().toFile())
            .redirectErrorStream(true);
    java.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    // Java says on standard error which of them it has picked up.
    java.environment()
        .keySet()
        .removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
    if (!locale.isEmpty()) {
      java.environment().put("LC_ALL", locale);
    }
    Process process = java.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "C", "POSIX", "no_SUCH.UTF-8"})
  void withoutAUtf8LocaleNothingIsReadAndTheMessageSaysWhatToSet(String locale) throws Exception {
    Ended ended = verify(locale);

    assertThat(ended.exitCode()).as(ended.out()).isEqualTo(ExitCode.ERROR);
    assertThat(ended.out()).startsWith("weighmaster: ").contains("LC_ALL=C.UTF-8").hasLineCount(1);
  }

  @Test
  void inAUtf8LocaleEveryNameIsRead() throws Exception {
    Ended ended = verify("C.UTF-8");

    assertThat(ended.exitCode()).as(ended.out()).isEqualTo(1);
    assertThat(ended.out())
        .contains(NAME, "hub: " + small.hub().toRealPath() + ", assumed; --hub names another");
  }
}
