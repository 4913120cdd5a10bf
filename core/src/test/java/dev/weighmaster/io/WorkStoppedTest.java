package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkStoppedTest {
  @AfterEach
  void clear() {
    Thread.interrupted();
  }

  @Test
  void workGoesOnUntilItsThreadIsInterrupted() {
    assertThatCode(WorkStopped::check).doesNotThrowAnyException();

    Thread.currentThread().interrupt();

    assertThatThrownBy(WorkStopped::check).isInstanceOf(WorkStopped.class);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }
}
