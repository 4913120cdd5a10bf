package dev.weighmaster.jobs.filelist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.Storage.Entry;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvColumnsTest {
  private static final BucketFolder HUB = new BucketFolder("hub", "pre/");
  private static final String TIME = "2026-11-22T01:02:03.000Z";

  @Property
  void aKeyIsWhatWasEncoded(@ForAll String key) throws Exception {
    Assume.that(StandardCharsets.UTF_8.newEncoder().canEncode(key));

    assertThat(CsvColumns.decoded(URLEncoder.encode(key, StandardCharsets.UTF_8))).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "a%2", "%g0", "%+1", "%c3", "%ff", "%ed%a0%80"})
  void aKeyThatIsNotEncodedIsRefused(String key) {
    assertThatThrownBy(() -> CsvColumns.decoded(key))
        .isInstanceOf(FileListException.class)
        .hasMessageStartingWith("Key is \"" + key);
  }

  @Test
  void columnsAreTakenByTheirNamesInAnyOrder() throws Exception {
    Optional<Entry> file =
        file(
            "ETag, Size, Key, StorageClass, LastModifiedDate, Bucket",
            "abc-2",
            "7",
            "pre/acme/a+b%2B.gguf",
            "STANDARD",
            TIME,
            "hub");

    assertThat(file.orElseThrow().path()).isEqualTo("acme/a b+.gguf");
    assertThat(file.get().size()).isEqualTo(7);
    assertThat(file.get().etag()).hasValue("abc-2");
    assertThat(file.get().modified()).isEqualTo(Instant.parse("2026-11-22T01:02:03Z"));
  }

  @ParameterizedTest
  @CsvSource({"true, false, true", "false, false, false", "true, true, false"})
  void onlyTheLatestVersionCounts(String latest, String deleted, boolean counts) throws Exception {
    Optional<Entry> file =
        file(
            "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag",
            "hub",
            "pre/a/b/c",
            "v1",
            latest,
            deleted,
            deleted.equals("true") ? "" : "1",
            TIME,
            "");

    assertThat(file.isPresent()).isEqualTo(counts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pr", "pre", "pre/", "prefix/a/b/c", "other/a/b/c"})
  void whatLiesOutsideTheHubIsLeftOut(String key) throws Exception {
    assertThat(plain("hub", key, "1", TIME)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hub   | pre/a/b/c | x                    | 2026-11-22T00:00:00Z | Size is \"x\", not a",
        "hub   | pre/a/b/c | -1                   | 2026-11-22T00:00:00Z | Size is \"-1\", not a",
        "hub   | pre/a/b/c | +1                   | 2026-11-22T00:00:00Z | Size is \"+1\", not a",
        "hub   | pre/a/b/c | 9999999999999999999  | 2026-11-22T00:00:00Z | not a number of bytes",
        "hub   | pre/a/b/c | ''                   | 2026-11-22T00:00:00Z | the size is missing",
        "hub   | pre/a/b/c | 1                    | yesterday            | LastModifiedDate is",
        "hub   | pre/a/b/c | 1                    | ''                   | the time of the last",
        "hub   | pre/a/b/c | 1                    | +99999-01-01T00:00:00Z | the time of the last",
        "hub   | ''        | 1                    | 2026-11-22T00:00:00Z | the key is empty",
        "other | pre/a/b/c | 1                    | 2026-11-22T00:00:00Z | the bucket is not that",
      })
  void aRowThatDoesNotSayWhatAFilesMustIsRefused(
      String bucket, String key, String size, String time, String message) {
    assertThatThrownBy(() -> plain(bucket, key, size, time))
        .isInstanceOf(FileListException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aKeyThatIsLongerThanAnyIsRefused() {
    assertThatThrownBy(() -> plain("hub", "pre/" + "%C3%A4".repeat(511), "1", TIME))
        .hasMessageContaining("longer than 1024 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Bucket, Key | no column Size",
        "Bucket, Key, Size, LastModifiedDate | no column ETag",
        "Bucket, Key, Size, LastModifiedDate, ETag, Size | two columns of one name",
        "Bucket, Key, VersionId, Size, LastModifiedDate, ETag | no column IsLatest",
      })
  void columnsThatDoNotServeAreRefused(String names, String message) {
    assertThatThrownBy(() -> columns(names))
        .isInstanceOf(FileListException.class)
        .hasMessageContaining(message);
  }

  private static Optional<Entry> plain(String bucket, String key, String size, String time)
      throws FileListException {
    return file("Bucket, Key, Size, LastModifiedDate, ETag", bucket, key, size, time, "e");
  }

  private static Optional<Entry> file(String names, String... values) throws FileListException {
    return columns(names).object(place -> values[place]).in(HUB);
  }

  private static CsvColumns columns(String names) throws FileListException {
    return new CsvColumns(List.copyOf(Arrays.asList(names.split(", "))));
  }
}
