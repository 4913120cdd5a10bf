package dev.weighmaster.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LfsPointerReaderTest {
  private static final String OID =
      "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
  private static final String VERSION = "version https://git-lfs.github.com/spec/v1\n";

  @Test
  void aPointerNamesDigestAndSize() {
    String pointer = VERSION + "ext-0-foo sha256:00\noid sha256:" + OID + "\nsize 12345\n";

    assertThat(LfsPointerReader.read(pointer.getBytes(UTF_8))).hasValue(new LfsPointer(OID, 12345));
    assertThat(LfsPointerReader.read(pointer.replace("\n", "\r\n").getBytes(UTF_8)))
        .hasValue(new LfsPointer(OID, 12345));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version http://git-media.io/v/2\noid sha256:" + OID + "\nsize 12345\n",
        "version https://hawser.github.com/spec/v1\noid sha256:" + OID + "\nsize 12345\n",
        VERSION + "oid sha256:" + OID + "\nsize 12345",
        "\n" + VERSION + "\noid sha256:" + OID + "\n\nsize 12345\n\n",
        VERSION
            + "ext-0-a sha256:"
            + OID
            + "\next-1-b sha256:"
            + OID
            + "\noid sha256:"
            + OID
            + "\next-2-c sha256:"
            + OID
            + "\nsize 12345\n",
      })
  void whatGitLfsTakesIsAPointer(String content) {
    assertThat(LfsPointerReader.read(content.getBytes(UTF_8))).hasValue(new LfsPointer(OID, 12345));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# xet version 0\nfilesize = 12345\nhash = '" + OID + "'\n",
        "# xet version 0\nhash = '" + OID + "'\nfilesize = 12345\n",
        "# xet version 0\r\nhash = \"" + OID + "\"\r\nfilesize = 12345",
      })
  void aPointerOfGitXetNamesTheSizeButNoSha256(String content) {
    LfsPointer pointer = LfsPointerReader.read(content.getBytes(UTF_8)).orElseThrow();

    assertThat(pointer).isEqualTo(new LfsPointer(Optional.empty(), 12345));
    assertThat(pointer.target()).isEqualTo("12345 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# xet version 0\n",
        "# xet version 0\nfilesize = 12345\n",
        "# xet version 1\nfilesize = 12345\nhash = '" + OID + "'\n",
        "# xet version 0\nfilesize = -1\nhash = '" + OID + "'\n",
        "# xet version 0\nfilesize = 1\nhash = '" + OID + "'\nmore = 1\n",
        VERSION + "size 1\noid sha256:" + OID + "\n",
        VERSION,
        VERSION + "oid sha256:" + OID,
        VERSION + "oid sha256:" + OID + "\nsize -1\n",
        VERSION + "oid sha256:" + OID + "\nsize 99999999999999999999\n",
        VERSION + "oid sha1:" + OID + "\nsize 1\n",
        VERSION + "oid sha256:ABC\nsize 1\n",
        VERSION + "oid sha256:" + OID + "\nsize 1\nmore\n",
        "version https://example.org/spec\noid sha256:" + OID + "\nsize 1\n"
      })
  void anythingElseIsNoPointer(String content) {
    assertThat(LfsPointerReader.read(content.getBytes(UTF_8))).isEmpty();
  }

  @Test
  void aLongFileIsNoPointer() {
    String pointer = VERSION + "ext-0-a " + "x".repeat(1000) + "\noid sha256:" + OID + "\nsize 1\n";

    assertThat(LfsPointerReader.read(pointer.getBytes(UTF_8))).isEmpty();
  }
}
