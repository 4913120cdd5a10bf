package dev.weighmaster.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.hub.HubIdentity;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunHistoryTest {
  private static final String HUB = "s3a://bucket/hub";
  private static final String OTHER = "s3a://bucket/hub2";

  private static final PublishedRun FIRST = run("first", "2026-11-20", HUB, 1);
  private static final PublishedRun SECOND = run("second", "2026-11-21", HUB + "/", 2);
  private static final PublishedRun AGAIN = run("again", "2026-11-21", HUB, 3);
  private static final PublishedRun BACKDATED = run("backdated", "2026-11-19", HUB, 9);
  private static final PublishedRun ELSEWHERE = run("elsewhere", "2026-11-25", OTHER, 5);

  private static final RunHistory ALL =
      RunHistory.of(List.of(AGAIN, ELSEWHERE, FIRST, BACKDATED, SECOND));

  @Test
  void theNewestDateComesFirstAndOnOneDateTheLastToFinish() {
    assertThat(ALL.newestFirst()).containsExactly(ELSEWHERE, AGAIN, SECOND, FIRST, BACKDATED);
    assertThat(ALL.newest()).contains(ELSEWHERE);
    assertThat(ALL.on(LocalDate.parse("2026-11-21")).newest()).contains(AGAIN);
    assertThat(ALL.until(LocalDate.parse("2026-11-20")).newest()).contains(FIRST);
    assertThat(RunHistory.of(List.of()).newest()).isEmpty();
  }

  @Test
  void ofTwoRunsThatFinishedAtOnceTheGreaterIdIsTheNewer() {
    PublishedRun a = run("a", "2026-11-21", HUB, 1);
    PublishedRun b = run("b", "2026-11-21", HUB, 1);

    assertThat(RunHistory.of(List.of(a, b)).newestFirst()).containsExactly(b, a);
    assertThat(RunHistory.of(List.of(b, a)).newestFirst()).containsExactly(b, a);
    assertThat(RunHistory.of(List.of(a, b)).lastToFinish()).contains(b);
    assertThat(RunHistory.of(List.of(a, b)).before(b).newest()).contains(a);
  }

  @Test
  void runsBeforeAnotherAreOverTheSameHubWithOrWithoutASlashAtTheEnd() {
    assertThat(ALL.before(AGAIN).newestFirst()).containsExactly(SECOND, FIRST, BACKDATED);
    assertThat(ALL.before(SECOND).newestFirst()).containsExactly(FIRST, BACKDATED);
    assertThat(ALL.before(ELSEWHERE).newestFirst()).isEmpty();
    assertThat(ALL.over(HubIdentity.of(HUB + "//")).newest()).contains(AGAIN);
  }

  @Test
  void anAuditBuildsOnTheLastToFinishEvenWhereItsDateIsOlder() {
    assertThat(ALL.over(HubIdentity.of(HUB)).lastToFinish()).contains(BACKDATED);
  }

  @Test
  void ofEachHubTheNewestAndTheLastToFinishAreKept() {
    assertThat(ALL.current()).containsExactlyInAnyOrder(AGAIN, BACKDATED, ELSEWHERE);
  }

  @Test
  void aHubIsTheSameWhateverSlashesEndItsAddress() {
    assertThat(HubIdentity.of("/srv/hub/")).isEqualTo(HubIdentity.of("/srv/hub"));
    assertThat(HubIdentity.of("s3a://bucket//")).isEqualTo(HubIdentity.of("s3a://bucket"));
    assertThat(HubIdentity.of("/")).isEqualTo(HubIdentity.of("//"));
    assertThat(HubIdentity.of("/srv/Hub")).isNotEqualTo(HubIdentity.of("/srv/hub"));
    assertThat(HubIdentity.of("file:/srv/hub")).isNotEqualTo(HubIdentity.of("/srv/hub"));
  }

  private static PublishedRun run(String id, String date, String hub, int hour) {
    Instant started = Instant.parse("2026-11-26T00:00:00Z").plusSeconds(3600L * hour);
    return new PublishedRun(id, LocalDate.parse(date), hub, started, started.plusSeconds(60));
  }
}
