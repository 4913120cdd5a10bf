package dev.weighmaster.jobs.filelist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;
import dev.weighmaster.json.MalformedJsonException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3ManifestTest {
  private static final String MANIFEST =
      """
      {
        "sourceBucket": "models",
        "destinationBucket": "arn:aws:s3:::reports",
        "version": "2016-11-30",
        "creationTimestamp": "1514944800000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key,Size , LastModifiedDate, ETag",
        "files": [{
          "key": "inv/models/daily/data/1.csv.gz",
          "size": 2147483648,
          "MD5checksum": "F11166069F1990ABEB9C97ACE9CDFABC"
        }]
      }
      """;

  @Test
  void aManifestSaysWhereItsRowsAre() throws Exception {
    S3Manifest manifest = S3Manifest.parse(MANIFEST.getBytes(UTF_8));

    assertThat(manifest.bucket()).isEqualTo("models");
    assertThat(manifest.destination()).isEqualTo("reports");
    assertThat(manifest.created()).isEqualTo("2018-01-03T02:00:00Z");
    assertThat(manifest.columns())
        .containsExactly("Bucket", "Key", "Size", "LastModifiedDate", "ETag");
    assertThat(manifest.files())
        .containsExactly(
            new DataFile(
                "inv/models/daily/data/1.csv.gz", 2147483648L, "f11166069f1990abeb9c97ace9cdfabc"));
    assertThat(manifest.files().get(0).name()).isEqualTo("1.csv.gz");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ | [ | is not JSON",
        "\"sourceBucket\" | \"source\" | sourceBucket is missing",
        "\"models\" | \"\" | sourceBucket is not the name of a bucket",
        "arn:aws:s3:::reports | a/b | destinationBucket is not the name of a bucket",
        "2016-11-30 | 2030-01-01 | version is not 2016-11-30",
        "1514944800000 | soon | creationTimestamp is not a number of milliseconds",
        "\"1514944800000\" | 7 | creationTimestamp must be a string",
        "creationTimestamp | created | creationTimestamp is missing",
        "\"CSV\" | \"ORC\" | fileFormat is \"ORC\", which is not read; configure the inventory",
        "\"CSV\" | 7 | fileFormat must be a string",
        "\"fileSchema\" | \"schema\" | fileSchema is missing",
        "\"files\" | \"none\" | files names no file",
        "\"key\" | \"k\" | files[0].key is missing",
        "inv/models | inv/../models | files[0].key is not the path of a file",
        "inv/models | /models | files[0].key is not the path of a file",
        "2147483648 | -1 | files[0].size is negative",
        "2147483648 | \"1\" | files[0].size must be an integer",
        "F11166 | G11166 | files[0].MD5checksum must be 32 hexadecimal digits",
      })
  void whatIsNoManifestIsRefused(String part, String replacement, String message) {
    assertThatThrownBy(() -> S3Manifest.parse(MANIFEST.replace(part, replacement).getBytes(UTF_8)))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "s3a://models, ''",
    "s3a://models/, ''",
    "s3a://models/a//b/, a/b/",
    "s3://models/models, models/",
    "/srv/models, ''",
    "/mnt/models/a/models/x, x/",
    "file:///mnt/models/a%20b, a b/",
    "hdfs://node/copies/models/a, a/",
  })
  void theHubsRootIsFoundInTheListedBucket(String hub, String prefix) throws Exception {
    assertThat(BucketFolder.of(hub, "models")).isEqualTo(new BucketFolder("models", prefix));
  }

  @ParameterizedTest
  @CsvSource({"s3a://other/models", "s3://models2", "/srv/hub", "hdfs://node/hub", "models2"})
  void anInventoryOfAnotherBucketIsRefused(String hub) {
    assertThatThrownBy(() -> BucketFolder.of(hub, "models"))
        .isInstanceOf(FileListException.class)
        .hasMessage("it is of the bucket \"models\", in which the hub %s does not lie", hub);
  }
}
