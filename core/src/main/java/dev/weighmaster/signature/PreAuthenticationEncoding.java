package dev.weighmaster.signature;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What a DSSE signature is made over: DSSE 1.0, protocol.md. */
public final class PreAuthenticationEncoding {
  /** The only payload type of in-toto statements. */
  public static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private PreAuthenticationEncoding() {}

  /** The encoding of a statement. */
  public static byte[] of(byte[] statement) {
    byte[] head = head("DSSEv1", statement).getBytes(StandardCharsets.US_ASCII);
    byte[] encoding = new byte[head.length + statement.length];
    System.arraycopy(head, 0, encoding, 0, head.length);
    System.arraycopy(statement, 0, encoding, head.length, statement.length);
    return encoding;
  }

  /**
   * The encoding as version 0.2.0 of the OMS reference implementation made it by mistake: another
   * version word, and the statement as a Python literal of its bytes.
   */
  static byte[] ofVersion020(byte[] statement) {
    boolean hasSingle = false;
    boolean hasDouble = false;
    for (byte b : statement) {
      hasSingle |= b == '\'';
      hasDouble |= b == '"';
    }
    char quote = hasSingle && !hasDouble ? '"' : '\'';
    var encoding = new ByteArrayOutputStream(statement.length + statement.length / 8);
    encoding.writeBytes(head("DSSEV1", statement).getBytes(StandardCharsets.US_ASCII));
    encoding.write('b');
    encoding.write(quote);
    for (byte b : statement) {
      encoding.writeBytes(pythonEscape(b, quote).getBytes(StandardCharsets.US_ASCII));
    }
    encoding.write(quote);
    return encoding.toByteArray();
  }

  private static String head(String version, byte[] statement) {
    return version
        + " "
        + PAYLOAD_TYPE.length()
        + " "
        + PAYLOAD_TYPE
        + " "
        + statement.length
        + " ";
  }

  private static String pythonEscape(byte b, char quote) {
    return switch (b) {
      case '\\' -> "\\\\";
      case '\t' -> "\\t";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      default ->
          b == quote
              ? "\\" + quote
              : b >= ' ' && b < 0x7f ? String.valueOf((char) b) : String.format("\\x%02x", b);
    };
  }
}
