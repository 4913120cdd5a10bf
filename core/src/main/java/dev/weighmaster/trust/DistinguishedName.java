package dev.weighmaster.trust;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1BMPString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralString;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1NumericString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1T61String;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.ASN1UniversalString;
import org.bouncycastle.asn1.ASN1VisibleString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;

/**
 * A certificate's subject or issuer. Two are equal if they have the same attributes with exactly
 * the same characters: letters' case, width and blanks count. The form in which a certificate
 * encodes a text does not, nor does the order within a relative name of several attributes.
 *
 * <p>The JDK's {@link X500Principal} folds case, width and blanks, as RFC 5280 does for chains of
 * certificates. Trust is given to one name alone. Immutable.
 */
public final class DistinguishedName {
  private static final Charset UTF_32 = Charset.forName("UTF-32BE");

  private final X500Principal principal;

  /** By relative name, each sorted. */
  private final List<List<Attribute>> attributes;

  /**
   * @param value its characters, or where it is no text {@code #} and its DER in hexadecimal
   */
  private record Attribute(String type, boolean isText, String value)
      implements Comparable<Attribute> {
    @Override
    public int compareTo(Attribute other) {
      return toString().compareTo(other.toString());
    }
  }

  private DistinguishedName(X500Principal principal) {
    this.principal = principal;
    this.attributes = attributes(principal);
  }

  private static List<List<Attribute>> attributes(X500Principal principal) {
    try {
      return Arrays.stream(relativeNames(principal))
          .map(
              name ->
                  Arrays.stream(name.getTypesAndValues())
                      .map(DistinguishedName::attribute)
                      .sorted()
                      .toList())
          .toList();
    } catch (IllegalArgumentException e) {
      // The JDK takes more for a name than Bouncy Castle: such a one is like no other.
      return List.of(undivided(principal));
    }
  }

  private static List<Attribute> undivided(X500Principal principal) {
    String der = "#" + HexFormat.of().formatHex(principal.getEncoded());
    return List.of(new Attribute("", false, der));
  }

  /** The name of a certificate's subject or issuer. */
  public static DistinguishedName of(X500Principal principal) {
    return new DistinguishedName(principal);
  }

  /** The name that a text in RFC 2253 form is; empty for other texts, e-mail addresses too. */
  static Optional<DistinguishedName> of(String text) {
    try {
      return Optional.of(new DistinguishedName(new X500Principal(text)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** As the JDK and RFC 5280 compare names, by which more of them are the same. */
  X500Principal principal() {
    return principal;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DistinguishedName name && attributes.equals(name.attributes);
  }

  @Override
  public int hashCode() {
    return attributes.hashCode();
  }

  /**
   * The name in RFC 2253 form, which reads back as this name and no other: where the text does not,
   * such as one with control characters, its attributes are in hexadecimal.
   */
  @Override
  public String toString() {
    if (attributes.equals(List.of(undivided(principal)))) {
      return undivided(principal).get(0).value();
    }
    return readsBack(principal)
        .or(() -> readsBack(inUtf8(principal)))
        .orElseGet(() -> inHexadecimal(principal));
  }

  private Optional<String> readsBack(X500Principal written) {
    String text = written.getName(X500Principal.RFC2253);
    return of(text).filter(this::equals).map(same -> text);
  }

  /** The JDK takes the bytes of any encoding for UTF-8. */
  private static X500Principal inUtf8(X500Principal principal) {
    RDN[] names =
        Arrays.stream(relativeNames(principal))
            .map(
                name ->
                    new RDN(
                        Arrays.stream(name.getTypesAndValues())
                            .map(DistinguishedName::inUtf8)
                            .toArray(AttributeTypeAndValue[]::new)))
            .toArray(RDN[]::new);
    return new X500Principal(der(new X500Name(names)));
  }

  private static AttributeTypeAndValue inUtf8(AttributeTypeAndValue attribute) {
    return characters(attribute.getValue().toASN1Primitive())
        // A lone surrogate is no character: such a name is shown in hexadecimal, and is nobody's.
        .filter(text -> UTF_8.newEncoder().canEncode(text))
        .map(text -> new AttributeTypeAndValue(attribute.getType(), new DERUTF8String(text)))
        .orElse(attribute);
  }

  private static String inHexadecimal(X500Principal principal) {
    List<String> names =
        Arrays.stream(relativeNames(principal))
            .map(
                name ->
                    Arrays.stream(name.getTypesAndValues())
                        .map(each -> each.getType().getId() + "=" + hexadecimal(each.getValue()))
                        .collect(Collectors.joining("+")))
            .collect(Collectors.toList());
    // RFC 2253 begins with the last.
    Collections.reverse(names);
    return String.join(",", names);
  }

  private static RDN[] relativeNames(X500Principal principal) {
    return X500Name.getInstance(principal.getEncoded()).getRDNs();
  }

  private static Attribute attribute(AttributeTypeAndValue attribute) {
    String type = attribute.getType().getId();
    return characters(attribute.getValue().toASN1Primitive())
        .map(text -> new Attribute(type, true, text))
        .orElseGet(() -> new Attribute(type, false, hexadecimal(attribute.getValue())));
  }

  private static Optional<String> characters(ASN1Primitive value) {
    try {
      if (value instanceof ASN1UniversalString universal) {
        return Optional.of(new String(universal.getOctets(), UTF_32));
      }
      return isText(value) ? Optional.of(((ASN1String) value).getString()) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isText(ASN1Primitive value) {
    return value instanceof ASN1UTF8String
        || value instanceof ASN1PrintableString
        || value instanceof ASN1IA5String
        || value instanceof ASN1BMPString
        || value instanceof ASN1T61String
        || value instanceof ASN1GeneralString
        || value instanceof ASN1NumericString
        || value instanceof ASN1VisibleString;
  }

  private static String hexadecimal(ASN1Encodable value) {
    return "#" + HexFormat.of().formatHex(der(value));
  }

  private static byte[] der(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
