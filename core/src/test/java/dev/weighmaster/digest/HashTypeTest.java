package dev.weighmaster.digest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against FIPS 180-4, RFC 7693, and the test vectors of BLAKE3's own repository. */
class HashTypeTest {
  @ParameterizedTest
  @CsvSource({
    "sha256,ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "blake2b,ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    "blake3,6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
  })
  void theDigestOfAbcIsThePublishedOne(String identifier, String digest) {
    HashType type = HashType.of(identifier).orElseThrow();

    assertThat(type.identifier()).isEqualTo(identifier);
    assertThat(type.hexDigits()).isEqualTo(digest.length());
    assertThat(hash(type, new byte[] {'a', 'b', 'c'})).isEqualTo(digest);
  }

  @ParameterizedTest
  @CsvSource({
    "0,af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "1024,42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
    "1025,d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
    "102400,bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"
  })
  void blake3OfMoreThanOneChunkIsThePublishedOne(int length, String digest) {
    byte[] input = new byte[length];
    for (int i = 0; i < length; i++) {
      input[i] = (byte) (i % 251);
    }

    assertThat(hash(HashType.BLAKE3, input)).isEqualTo(digest);
  }

  @Test
  void noOtherIdentifierIsKnown() {
    assertThat(HashType.of("SHA256")).isEmpty();
    assertThat(HashType.of("blake2")).isEmpty();
  }

  private static String hash(HashType type, byte[] input) {
    return HexFormat.of().formatHex(type.newDigest().digest(input));
  }
}
