package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.AuditProgress;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows an audit's progress: a bar on a terminal, a plain line now and then elsewhere. */
abstract sealed class ProgressDisplay implements AuditProgress, AutoCloseable {

  /** The launcher knows whether standard error is a terminal; the JDK can't tell before 22. */
  private static final String TERMINAL = "weighmaster.terminal";

  static boolean isTerminal() {
    return Boolean.getBoolean(TERMINAL);
  }

  static ProgressDisplay on(PrintWriter err) {
    return isTerminal() ? new Bar() : new Lines(err);
  }

  @Override
  public abstract void close();

  private static final class Bar extends ProgressDisplay {
    private ProgressBar bar;

    @Override
    public synchronized void read(long files, long ofFiles, long bytes, long ofBytes) {
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("auditing")
                .setStyle(ProgressBarStyle.ASCII)
                .setInitialMax(ofBytes)
                .setUnit(" MiB", 1L << 20)
                .showSpeed()
                .setUpdateIntervalMillis(250)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build();
      }
      bar.stepTo(bytes);
      bar.setExtraMessage(files + "/" + ofFiles + " files");
    }

    @Override
    public synchronized void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }

  private static final class Lines extends ProgressDisplay {
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final PrintWriter err;
    private final long started = System.nanoTime();
    private long lastLine = started;

    Lines(PrintWriter err) {
      this.err = err;
    }

    @Override
    public synchronized void read(long files, long ofFiles, long bytes, long ofBytes) {
      long now = System.nanoTime();
      if (now - lastLine < BETWEEN_LINES.toNanos() || files == ofFiles) {
        return;
      }
      lastLine = now;
      Duration soFar = Duration.ofNanos(now - started);
      String left =
          bytes < ofBytes / 50
              ? ""
              : ", about "
                  + Sizes.time(
                      Duration.ofMillis(
                          (long) (soFar.toMillis() * ((double) (ofBytes - bytes) / bytes))))
                  + " left";
      err.println(
          "read "
              + files
              + " of "
              + ofFiles
              + " files, "
              + Sizes.bytes(bytes)
              + " of "
              + Sizes.bytes(ofBytes)
              + " ("
              + Sizes.rate(bytes, soFar)
              + left
              + ")");
      err.flush();
    }

    @Override
    public void close() {}
  }
}
