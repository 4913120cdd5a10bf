package dev.weighmaster.io;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.Optional;

/**
 * Gives mapped memory back. The collector does that too, but a program that maps many gigabytes and
 * leaves hardly any garbage waits for it for ever, with all of them resident.
 */
final class Mappings {
  private static final Optional<MethodHandle> CLEANER = cleaner();

  private Mappings() {}

  /** Unmaps a buffer, which nothing may touch again: that would end the JVM. */
  static void unmap(MappedByteBuffer buffer) {
    if (CLEANER.isEmpty()) {
      return;
    }
    try {
      CLEANER.get().invokeExact((ByteBuffer) buffer);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Java before 22 has no other way; a JVM without this one leaves it to the collector. */
  private static Optional<MethodHandle> cleaner() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      return Optional.of(
          MethodHandles.lookup()
              .findVirtual(
                  unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
              .bindTo(instance.get(null)));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
