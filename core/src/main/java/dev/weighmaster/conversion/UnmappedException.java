package dev.weighmaster.conversion;

/** A tensor can't be made from the source, for the reason that its message says. */
final class UnmappedException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param why to follow the tensor's name
   */
  UnmappedException(String why) {
    super(why);
  }
}
