package dev.weighmaster.jobs.badge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BadgePathTest {
  static Stream<String> hostileNames() {
    return HostileNames.ALL.stream();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "acme/base-7b-GGUF | ''   | base-Q4_K_M.gguf  | acme/base-7b-GGUF/base-Q4_K_M.gguf",
        "acme/base         | abc1 | q/base-Q4_0.gguf  | acme/base@abc1/q=2Fbase-Q4_0.gguf",
        "../..             | ''   | ../../etc/passwd  | =2E=2E/=2E=2E/=2E.=2F..=2Fetc=2Fpasswd",
        "/etc/passwd       | ''   | /etc/shadow       | =-/etc=2Fpasswd/=2Fetc=2Fshadow",
        "lonely            | ''   | a.gguf            | =-/lonely/a.gguf",
        "a/b/c             | ''   | a.gguf            | a/b=2Fc/a.gguf",
        "_weighmaster/x    | ''   | a.gguf            | =5Fweighmaster/x/a.gguf",
        "index.html/con    | ''   | NUL.gguf          | =69ndex.html/=63on/=4EUL.gguf",
        "a=2Fb/x           | ''   | 100%.gguf         | a=3D2Fb/x/100=25.gguf",
        "a/b@c             | ''   | a.gguf            | a/b=40c/a.gguf",
        "a/trailing.       | ''   | .hidden           | a/trailing=2E/=2Ehidden",
      })
  void aPathIsMadeOfSafeNames(String repository, String revision, String name, String path) {
    assertThat(BadgePath.of(repository, revision, name).value()).isEqualTo(path);
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void aHostileNameIsOneLegalName(String name) {
    String segment = BadgePath.segment(name);

    assertThat(segment).matches("[A-Za-z0-9._=-]{1,200}").doesNotMatch("[._].*|.*[._]");
  }

  @Test
  void aLongNameIsCutAndStaysItself() {
    String one = BadgePath.segment("a".repeat(5000) + "1");
    String other = BadgePath.segment("a".repeat(5000) + "2");

    assertThat(one).hasSizeLessThan(200).startsWith("aaaa").isNotEqualTo(other);
  }

  @Test
  void namesThatDifferInCaseAloneAreKeptApartWithoutCase() {
    BadgePath lower = BadgePath.of("acme/base", "", "q.gguf");
    BadgePath upper = BadgePath.of("ACME/base", "", "q.gguf");

    assertThat(lower.folded()).isEqualTo(upper.folded());
    assertThat(lower.apart().folded()).isNotEqualTo(upper.apart().folded());
  }

  @Property(tries = 500)
  void noTwoNamesBecomeOne(@ForAll("names") Set<String> names) {
    Set<String> segments = new HashSet<>();
    names.forEach(name -> segments.add(BadgePath.segment(name)));

    assertThat(segments).hasSameSizeAs(names);
  }

  @Provide
  Arbitrary<Set<String>> names() {
    return Arbitraries.strings()
        .withChars("aA.=_-/%2F\u00e9\u0301?\u0000\ufffd")
        .withChars('\ud800', '\udc00')
        .ofMaxLength(4)
        .set()
        .ofMinSize(2)
        .ofMaxSize(60);
  }
}
