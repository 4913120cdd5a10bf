package dev.weighmaster.format.gguf;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.hub.FileKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufFormatTest {
  @ParameterizedTest
  @CsvSource({"GGUF, true", "GGUFrest, true", "GGU, false", "'', false", "gguf, false"})
  void aFileIsToldByItsFirstFourBytesWhateverItIsCalled(String head, boolean gguf) {
    assertThat(GgufFormat.GGUF.begins(head.getBytes(US_ASCII))).isEqualTo(gguf);
    assertThat(FileKind.ofHead(head.getBytes(US_ASCII)).isPresent()).isEqualTo(gguf);
  }

  @Test
  void aHeaderThatCouldNotBeParsedIsStillOfTheFormat() {
    assertThat(GgufFormat.GGUF.unparsed().format()).isEqualTo("GGUF");
    assertThat(GgufFormat.GGUF.made(GgufFormat.GGUF.unparsed())).isTrue();
  }

  @Test
  void aFilesNameTellsTheFormatInLettersOfAnyCase() {
    assertThat(FileKind.GGUF.format()).containsSame(GgufFormat.GGUF);
    assertThat(FileKind.of("model.GGUF").format()).containsSame(GgufFormat.GGUF);
  }
}
