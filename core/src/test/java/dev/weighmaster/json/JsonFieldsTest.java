package dev.weighmaster.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JsonFieldsTest {
  private static final String RESOURCE =
      "{\"name\":\"%06d\",\"digest\":\"%064d\",\"algorithm\":\"sha256\"}";

  @Test
  void aSmallTextThatWouldBeALargeTreeIsRefused() {
    byte[] hostile =
        ("{\"a\":[{}" + ",{}".repeat(JsonFields.MAX_TOKENS / 2) + "]}").getBytes(UTF_8);

    assertThat(hostile).hasSizeLessThan(JsonFields.MAX_BYTES / 8);
    assertThatThrownBy(() -> JsonFields.parse(hostile))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("is not JSON: Token count");
  }

  @Test
  void theLongestManifestThatABundleCanCarryIsRead() throws Exception {
    int base64Bytes = JsonFields.MAX_BYTES / 4 * 3;
    StringBuilder manifest = new StringBuilder("{\"resources\":[");
    int resources = 0;
    while (manifest.length() < base64Bytes - 200) {
      manifest.append(resources == 0 ? "" : ",").append(RESOURCE.formatted(resources, resources));
      resources++;
    }
    byte[] json = manifest.append("]}").toString().getBytes(UTF_8);

    assertThat(JsonFields.parse(json).objects("resources")).hasSize(resources);
  }
}
