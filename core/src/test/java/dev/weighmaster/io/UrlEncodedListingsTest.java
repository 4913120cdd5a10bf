package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.InterceptorContext;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

class UrlEncodedListingsTest {
  private static final ListObjectsV2Request REQUEST =
      ListObjectsV2Request.builder().bucket("models").build();

  private final UrlEncodedListings listings = new UrlEncodedListings();

  @Test
  void listingsAreAskedForWithEncodedKeys() {
    InterceptorContext context = InterceptorContext.builder().request(REQUEST).build();

    ListObjectsV2Request asked =
        (ListObjectsV2Request) listings.modifyRequest(context, new ExecutionAttributes());

    assertThat(asked.encodingType()).isEqualTo(EncodingType.URL);
  }

  @Test
  void keysThatAPathWouldTakeForAnotherRepositorysAreLeftOut() {
    assertThat(
            listed(
                "acme/base/model.gguf",
                "evil/x/../../acme/base/model.gguf",
                "..",
                "acme/base/..",
                "acme/./base/model.gguf",
                "acme//base/model.gguf",
                "/acme/base/model.gguf",
                "acme/base/",
                "acme/base/...",
                "acme/base/..a/.b"))
        .containsExactly("acme/base/model.gguf", "acme/base/", "acme/base/...", "acme/base/..a/.b");
  }

  private Stream<String> listed(String... keys) {
    ListObjectsV2Response response =
        ListObjectsV2Response.builder()
            .name("models")
            .contents(Stream.of(keys).map(key -> S3Object.builder().key(key).build()).toList())
            .build();
    InterceptorContext context =
        InterceptorContext.builder().request(REQUEST).response(response).build();
    return ((ListObjectsV2Response) listings.modifyResponse(context, new ExecutionAttributes()))
        .contents().stream().map(S3Object::key);
  }
}
