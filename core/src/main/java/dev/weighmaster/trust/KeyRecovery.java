package dev.weighmaster.trust;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.Arrays;
import org.bouncycastle.util.BigIntegers;

/**
 * Finds the public keys by which an ECDSA signature holds, from the signature alone (SEC 1, version
 * 2.0, section 4.1.6). There are at least two on each curve, so that a name of the key must say
 * which of them signed: a bundle has its digest.
 */
public final class KeyRecovery {
  private KeyRecovery() {}

  /**
   * Every key on the algorithm's curve by which a signature holds over a message.
   *
   * @param signature DER, as in RFC 3279, section 2.2.3; for whatever else it is there are none
   */
  public static List<PublicKey> keys(EcdsaAlgorithm algorithm, byte[] message, byte[] signature) {
    var curve =
        new ECNamedDomainParameters(
            new ASN1ObjectIdentifier(algorithm.curve()),
            ECNamedCurveTable.getByOID(new ASN1ObjectIdentifier(algorithm.curve())));
    BigInteger[] pair;
    try {
      pair = StandardDSAEncoding.INSTANCE.decode(curve.getN(), signature);
    } catch (IOException | RuntimeException e) {
      return List.of();
    }
    if (pair[0].signum() == 0 || pair[1].signum() == 0) {
      return List.of();
    }
    BigInteger hash = new BigInteger(1, algorithm.hash(message));
    List<PublicKey> keys = new ArrayList<>();
    BigInteger end = curve.getCurve().getField().getCharacteristic();
    for (BigInteger x = pair[0]; x.compareTo(end) < 0; x = x.add(curve.getN())) {
      for (byte sign : new byte[] {2, 3}) {
        point(curve, x, sign)
            .map(point -> key(curve, point, pair, hash))
            .filter(key -> !key.isInfinity())
            .map(key -> publicKey(new ECPublicKeyParameters(key, curve)))
            .filter(key -> algorithm.verify(key, message, signature))
            .ifPresent(keys::add);
      }
    }
    return keys;
  }

  /** The point that has an x; empty where none on the curve does. */
  private static Optional<ECPoint> point(ECNamedDomainParameters curve, BigInteger x, byte sign) {
    byte[] number = BigIntegers.asUnsignedByteArray((curve.getCurve().getFieldSize() + 7) / 8, x);
    try {
      return Optional.of(curve.getCurve().decodePoint(Arrays.prepend(number, sign)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static ECPoint key(
      ECNamedDomainParameters curve, ECPoint point, BigInteger[] pair, BigInteger hash) {
    BigInteger n = curve.getN();
    BigInteger inverse = pair[0].modInverse(n);
    return ECAlgorithms.sumOfTwoMultiplies(
            curve.getG(),
            inverse.multiply(hash.negate()).mod(n),
            point,
            inverse.multiply(pair[1]).mod(n))
        .normalize();
  }

  private static PublicKey publicKey(ECPublicKeyParameters key) {
    try {
      byte[] info = SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key).getEncoded();
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(info));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("a point of a known curve is a public key", e);
    }
  }
}
