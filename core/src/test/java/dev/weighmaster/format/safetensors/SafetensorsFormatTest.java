package dev.weighmaster.format.safetensors;

import static dev.weighmaster.format.safetensors.SafetensorsFormat.SAFETENSORS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.hub.FileKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafetensorsFormatTest {
  @Test
  void aFileIsToldByItsNameAlone() {
    assertThat(FileKind.of("model.safetensors").format()).containsSame(SAFETENSORS);
    assertThat(SAFETENSORS.begins(new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'})).isFalse();
  }

  @Test
  void aHeaderIsOfTheFormatThatReadIt() {
    SafetensorsHeader header = new SafetensorsHeader(List.of(), List.of(), 10);

    assertThat(SAFETENSORS.made(header.summary())).isTrue();
    assertThat(GgufFormat.GGUF.made(header.summary())).isFalse();
  }
}
