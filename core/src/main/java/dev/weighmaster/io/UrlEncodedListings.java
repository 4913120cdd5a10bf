package dev.weighmaster.io;

import dev.weighmaster.verdict.Quoted;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Asks S3 for listings whose keys are URL-encoded, which the SDK decodes again. A key may hold
 * characters that XML can't: plain, one of them would make the whole listing unreadable.
 *
 * <p>Keys that are no paths are left out, and logged: S3A would take {@code org/one/../two/file}
 * and {@code org//two/file} for {@code org/two/file}, another repository's.
 *
 * <p>S3A makes it by its name, see {@link HadoopSettings}. Thread-safe.
 */
public final class UrlEncodedListings implements ExecutionInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(UrlEncodedListings.class);

  /** A step that is empty, or that Hadoop's paths do not keep. */
  private static final Pattern NO_PATH = Pattern.compile("^/|//|(^|/)\\.\\.?(/|$)");

  @Override
  public SdkRequest modifyRequest(
      Context.ModifyRequest context, ExecutionAttributes executionAttributes) {
    return context.request() instanceof ListObjectsV2Request list
        ? list.toBuilder().encodingType(EncodingType.URL).build()
        : context.request();
  }

  @Override
  public SdkResponse modifyResponse(
      Context.ModifyResponse context, ExecutionAttributes executionAttributes) {
    if (!(context.response() instanceof ListObjectsV2Response list)) {
      return context.response();
    }
    List<S3Object> noPaths =
        list.contents().stream().filter(object -> NO_PATH.matcher(object.key()).find()).toList();
    if (noPaths.isEmpty()) {
      return list;
    }
    LOG.warn(
        "{} objects of the bucket {} have keys that are not paths, the first {}: they are not part of"
            + " the hub",
        noPaths.size(),
        list.name(),
        Quoted.of(noPaths.get(0).key()));
    return list.toBuilder()
        .contents(list.contents().stream().filter(object -> !noPaths.contains(object)).toList())
        .build();
  }
}
