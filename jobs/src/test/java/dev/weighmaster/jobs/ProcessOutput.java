package dev.weighmaster.jobs;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process prints, read to its end so that it is never held up. */
final class ProcessOutput {
  private ProcessOutput() {}

  /** The pattern's first group in the first line that has it; an error where none has. */
  static CompletableFuture<String> firstMatch(Process process, Pattern ready) {
    CompletableFuture<String> found = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              List<String> log = new ArrayList<>();
              try (BufferedReader lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  log.add(line);
                  Matcher matcher = ready.matcher(line);
                  if (matcher.find()) {
                    found.complete(matcher.group(1));
                  }
                }
              } catch (IOException e) {
                found.completeExceptionally(e);
              }
              found.completeExceptionally(
                  new IOException("ended before it was ready:\n" + String.join("\n", log)));
            });
    reader.setDaemon(true);
    reader.start();
    return found;
  }
}
