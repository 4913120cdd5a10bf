package dev.weighmaster.io;

import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;

/**
 * Asks S3 for listings whose keys are URL-encoded, which the SDK decodes again. A key may hold
 * characters that XML can't: plain, one of them would make the whole listing unreadable.
 *
 * <p>S3A makes it by its name, see {@link HadoopSettings}.
 */
public final class UrlEncodedListings implements ExecutionInterceptor {
  @Override
  public SdkRequest modifyRequest(
      Context.ModifyRequest context, ExecutionAttributes executionAttributes) {
    return context.request() instanceof ListObjectsV2Request list
        ? list.toBuilder().encodingType(EncodingType.URL).build()
        : context.request();
  }
}
