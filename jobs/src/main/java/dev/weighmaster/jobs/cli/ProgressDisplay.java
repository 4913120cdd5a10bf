package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.jobs.stage.AuditProgress;
import dev.weighmaster.jobs.text.Sizes;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows an audit's progress: what it is doing and a bar on a terminal, a plain line now and then
 * elsewhere.
 */
abstract sealed class ProgressDisplay implements AuditProgress, AutoCloseable {

  /** The launcher knows whether standard error is a terminal; the JDK can't tell before 22. */
  private static final String TERMINAL = "weighmaster.terminal";

  static boolean isTerminal() {
    return Boolean.getBoolean(TERMINAL);
  }

  /** Says on a terminal what begins now. */
  static void say(PrintWriter err, String work) {
    if (isTerminal()) {
      err.println("weighmaster: " + work + " ...");
      err.flush();
    }
  }

  static ProgressDisplay on(PrintWriter err) {
    return drawsBars() ? new Bar(System.err) : new Lines(err);
  }

  /** Whether a bar can be drawn on standard error. */
  static boolean drawsBars() {
    return isTerminal() && !Screen.isDumb(System.getenv());
  }

  /** A bar for bytes on standard error, with their rate and the time that is left. */
  static ProgressBar bytes(String task, long ofBytes) {
    return bytes(task, ofBytes, new ConsoleProgressBarConsumer(System.err));
  }

  static ProgressBar bytes(String task, long ofBytes, ConsoleProgressBarConsumer line) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setStyle(ProgressBarStyle.ASCII)
        .setInitialMax(ofBytes)
        .setUnit(" MiB", 1L << 20)
        .showSpeed()
        .setUpdateIntervalMillis(250)
        .setConsumer(line)
        .build();
  }

  @Override
  public abstract void close();

  /** While it is there, what is written to standard error goes above it. */
  static final class Bar extends ProgressDisplay {
    private final PrintStream terminal;
    private final Line line;
    private ProgressBar bar;
    private boolean isEnded;

    Bar(PrintStream terminal) {
      this.terminal = terminal;
      line = new Line(terminal);
      System.setErr(new PrintStream(new LinesAbove(terminal), false, UTF_8));
    }

    @Override
    public void begins(String work) {
      System.err.println("weighmaster: " + work + " ...");
    }

    @Override
    public synchronized void read(long files, long ofFiles, long bytes, long ofBytes) {
      if (isEnded) {
        return;
      }
      if (bar == null) {
        bar = bytes("auditing", ofBytes, line);
      }
      bar.stepTo(bytes);
      // Stands right behind the speed.
      bar.setExtraMessage(", " + files + "/" + ofFiles + " files");
      // Pieces of a large file may still be read when the file itself has been.
      if (files == ofFiles && bytes == ofBytes) {
        end();
      }
    }

    /** What comes after the last byte is not reading: it would only lower the speed. */
    private void end() {
      if (bar != null && !isEnded) {
        bar.close();
        line.close();
      }
      isEnded = true;
    }

    @Override
    public synchronized void close() {
      end();
      System.err.close();
      System.setErr(terminal);
    }
  }

  /** The line that the bar is drawn on: a bar that ends before it was drawn does not end it. */
  private static final class Line extends ConsoleProgressBarConsumer {
    private boolean isClosed;

    Line(PrintStream terminal) {
      super(terminal);
    }

    @Override
    public synchronized void close() {
      if (!isClosed) {
        super.close();
      }
      isClosed = true;
    }
  }

  /** Writes whole lines, each in the place of the bar, which is drawn again below it. */
  private static final class LinesAbove extends OutputStream {
    private static final byte[] ERASE_LINE = "\r\u001b[K".getBytes(UTF_8);

    /** A line that has not ended after so many bytes is written as far as it goes. */
    private static final int LONGEST_LINE = 1 << 16;

    private final PrintStream terminal;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LinesAbove(PrintStream terminal) {
      this.terminal = terminal;
    }

    @Override
    public synchronized void write(int b) {
      line.write(b);
      if (b == '\n' || line.size() == LONGEST_LINE) {
        writeLine();
      }
    }

    /** What has no end yet is kept: {@link #close} writes it. */
    @Override
    public void flush() {}

    @Override
    public synchronized void close() {
      if (line.size() > 0) {
        writeLine();
      }
    }

    private void writeLine() {
      byte[] text = line.toByteArray();
      line.reset();
      byte[] whole = Arrays.copyOf(ERASE_LINE, ERASE_LINE.length + text.length);
      System.arraycopy(text, 0, whole, ERASE_LINE.length, text.length);
      terminal.write(whole, 0, whole.length);
      terminal.flush();
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
    public void begins(String work) {
      say(err, work);
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
