package dev.weighmaster.digest;

/**
 * How a file was read.
 *
 * @param method {@link Method#NONE} where nothing was
 * @param bytes from the storage, also where the read failed
 * @param millis from the file's opening to its end, in milliseconds
 * @param retries requests that had to be repeated
 */
public record Reading(Method method, long bytes, long millis, long retries) {
  /** Nothing was read. */
  public static final Reading NONE = new Reading(Method.NONE, 0, 0, 0);

  /** Both, one after the other. */
  Reading plus(Reading other) {
    return new Reading(
        method == Method.NONE ? other.method : method,
        bytes + other.bytes,
        millis + other.millis,
        retries + other.retries);
  }

  /** The way that the bytes came. */
  public enum Method {
    MAPPED,
    RANGED,
    /** Not at all. */
    NONE
  }
}
