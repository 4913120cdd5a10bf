package dev.weighmaster.sign;

import dev.sigstore.trustroot.Service;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;

/** Asks a timestamp authority by RFC 3161 over HTTP. */
final class TimestampClient {
  private static final String SERVICE = "the timestamp authority";
  private static final int NONCE_BITS = 64;

  private TimestampClient() {}

  /**
   * Has a signature stamped.
   *
   * @return the DER response, which answers this request; who made it is unchecked
   */
  static byte[] stamp(Service authority, byte[] signature) throws SigningException {
    var generator = new TimeStampRequestGenerator();
    generator.setCertReq(true);
    try {
      TimeStampRequest request =
          generator.generate(
              TSPAlgorithms.SHA256,
              HexFormat.of().parseHex(Sha256Hex.of(signature)),
              new BigInteger(NONCE_BITS, new SecureRandom()));
      byte[] answer =
          ServiceCall.post(
              SERVICE,
              authority.getUrl(),
              "application/timestamp-query",
              "application/timestamp-reply",
              request.getEncoded());
      var response = new TimeStampResponse(answer);
      response.validate(request);
      return response.getEncoded();
    } catch (IOException | TSPException | RuntimeException | StackOverflowError e) {
      // The last is what Bouncy Castle ends in over an answer that is nested too deep.
      throw new SigningException(
          SERVICE
              + " at "
              + authority.getUrl()
              + " gave no timestamp: "
              + Quoted.line(String.valueOf(e.getMessage())));
    }
  }
}
