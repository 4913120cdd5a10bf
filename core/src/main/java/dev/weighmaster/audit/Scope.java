package dev.weighmaster.audit;

import java.io.Serializable;
import java.time.LocalDate;

/** Which files a run reads beside those that have changed since the newest run. */
public sealed interface Scope extends Serializable permits Scope.Changed, Scope.Full, Scrub {
  /** None. */
  Scope CHANGED = new Changed();

  /** All. */
  Scope FULL = new Full();

  /** Whether a file is read although it has not changed. */
  boolean isDue(String path, LocalDate day);

  /** As {@code runs.scope} has it. */
  String describe(LocalDate day);

  /** No other files. */
  record Changed() implements Scope {
    @Override
    public boolean isDue(String path, LocalDate day) {
      return false;
    }

    @Override
    public String describe(LocalDate day) {
      return "changed";
    }
  }

  /** All files. */
  record Full() implements Scope {
    @Override
    public boolean isDue(String path, LocalDate day) {
      return true;
    }

    @Override
    public String describe(LocalDate day) {
      return "full";
    }
  }
}
