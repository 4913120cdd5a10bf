package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.nio.file.AccessDeniedException;
import java.util.Optional;

/** The line that a command ends with where it fails. */
final class FailureLine {
  private static final String FULL_DISK = "no space is left on the disk";

  /** How Spark begins what it says of a failure in any task. */
  private static final String STAGE_FAILURE = "Job aborted due to stage failure";

  private static final int MAX_CAUSES = 100;

  private FailureLine() {}

  /** What went wrong, for the person who ran the command. */
  static String of(Throwable failure) {
    String message =
        failure instanceof AccessDeniedException
            ? failure.getMessage() + ": permission denied"
            : Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
    // Spark's messages go on with the query, and with its plan.
    String firstLine = message.lines().filter(l -> !l.isBlank()).findFirst().orElse(message);
    String said = PlainText.line(firstLine);
    if (isFullDisk(failure)) {
      // Which of Spark's tasks met it first says nothing.
      said = FULL_DISK + (said.startsWith(STAGE_FAILURE) ? "" : ": " + said);
    }
    return "weighmaster: " + said;
  }

  /** Whether it comes of a full disk, or a full quota, as Linux calls them. */
  static boolean isFullDisk(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
