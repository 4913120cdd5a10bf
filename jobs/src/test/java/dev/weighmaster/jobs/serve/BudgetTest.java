package dev.weighmaster.jobs.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.serve.Refusal.Kind;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private final Budget budget = new Budget(ServiceLimits.of(1, Duration.ofDays(1), 1000));

  @AfterEach
  void clear() {
    Thread.interrupted();
  }

  @Test
  void theThreadThatWorksIsInterruptedWhenItsTimeIsOver() {
    budget.work();

    budget.expire();

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(budget.refusal().map(Refusal::kind)).hasValue(Kind.OUT_OF_TIME);
  }

  @Test
  void theThreadThatWorksIsInterruptedWhenTheServiceStops() {
    budget.work();

    budget.stop();

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(budget.refusal().map(Refusal::kind)).hasValue(Kind.UNAVAILABLE);
  }

  @Test
  void whatTheThreadWorksOnNextIsLeftAlone() {
    budget.work();
    budget.expire();

    budget.rest();

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    budget.stop();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
