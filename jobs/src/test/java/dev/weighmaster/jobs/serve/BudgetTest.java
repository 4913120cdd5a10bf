package dev.weighmaster.jobs.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.serve.Refusal.Kind;
import java.io.IOException;
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
  void theThreadThatWorksIsInterruptedWhenMoreIsReadThanItMay() throws Exception {
    budget.work();
    budget.take(1000);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();

    assertThatThrownBy(() -> budget.take(1)).isInstanceOf(IOException.class);

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(budget.refusal().map(Refusal::kind)).hasValue(Kind.REPOSITORY_TOO_LARGE);
  }

  @Test
  void theThreadThatWorksIsInterruptedByTheReadThatFindsItsTimeOver() {
    Budget spent = new Budget(ServiceLimits.of(1, Duration.ofNanos(1), 1000));
    spent.work();

    assertThatThrownBy(spent::check).isInstanceOf(IOException.class);

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(spent.refusal().map(Refusal::kind)).hasValue(Kind.OUT_OF_TIME);
  }

  @Test
  void whoeverReadsForAThreadThatHasEndedInterruptsNobody() {
    budget.work();
    budget.rest();

    assertThatThrownBy(() -> budget.take(1001)).isInstanceOf(IOException.class);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
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
