package dev.weighmaster.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.DERUniversalString;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DistinguishedNameTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN=Acme,O=Org|CN=acme,O=Org|false",
        "CN=Acme,O=Org|CN=\uFF21cme,O=Org|false",
        "CN=Acme One|CN=Acme  One|false",
        "CN=Acme|'CN=Acme\\ '|false",
        "CN=Acme|CN=Acme\u00A0|false",
        "CN=\uFB01ne|CN=fine|false",
        "CN=\u00E9|CN=e\u0301|false",
        "CN=Acme,O=Org|O=Org,CN=Acme|false",
        "CN=Acme,O=Org|CN=Acme+O=Org|false",
        "CN=Acme|CN=Acme,CN=Acme|false",
        "CN=Acme|OU=Acme|false",
        "CN=A+O=B|O=B+CN=A|true",
        "CN=Acme,O=Org|cn=Acme , o=Org|true",
        "CN=Acme|2.5.4.3=Acme|true",
        "CN=Acme|2.5.4.3=#0c0441636d65|true",
        "CN=Acme|2.5.4.3=#130441636d65|true"
      })
  void aNameIsAnotherOneIfACharacterDiffers(String one, String other, boolean same) {
    assertThat(name(one).equals(name(other))).isEqualTo(same);
  }

  @Test
  void theSameCharactersAreTheSameNameHoweverTheyAreEncoded() {
    DistinguishedName acme = name("CN=Acme");
    for (ASN1Encodable encoded :
        new ASN1Encodable[] {
          new DERUTF8String("Acme"),
          new DERPrintableString("Acme"),
          new DERBMPString("Acme"),
          new DERT61String("Acme"),
          new DERIA5String("Acme")
        }) {
      assertThat(commonName(encoded))
          .isEqualTo(acme)
          .hasSameHashCodeAs(acme)
          .hasToString("CN=Acme");
    }
    assertThat(commonName(new DERUniversalString("Acme".getBytes(Charset.forName("UTF-32BE")))))
        .isEqualTo(acme);
  }

  static Stream<Arguments> disguises() {
    return Stream.of(
        // Its bytes are "Acme" to the JDK, which takes them for UTF-8.
        arguments("two letters of a wide encoding", new DERBMPString("\u4163\u6D65")),
        arguments("line break before it", new DERUTF8String("\nAcme")),
        arguments("blank before it", new DERUTF8String(" Acme")),
        arguments("blank after it", new DERUTF8String("Acme ")),
        arguments("nothing after it", new DERUTF8String("Acme\0")),
        arguments("quotes around it", new DERUTF8String("\"Acme\"")),
        arguments("hexadecimal of it", new DERUTF8String("#0c0441636d65")),
        arguments("bytes of it", new DEROctetString("Acme".getBytes(Charset.forName("UTF-8")))),
        arguments("bits of it", new DERBitString("Acme".getBytes(Charset.forName("UTF-8")))),
        arguments("another name in it", new DERUTF8String("Acme,O=Org")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("disguises")
  void whatLooksLikeANameIsAnotherOneAndItsTextReadsBackAsItself(
      String what, ASN1Encodable encoded) {
    DistinguishedName disguised = commonName(encoded);

    assertThat(disguised).isNotEqualTo(name("CN=Acme"));
    assertThat(disguised.toString()).isNotEqualTo("CN=Acme");
    assertThat(DistinguishedName.of(disguised.toString())).contains(disguised);
  }

  @Property
  void everyTextReadsBackAsItsName(
      @ForAll @StringLength(max = 6) @CharRange(from = '\0', to = '\u00FF') String one,
      @ForAll @StringLength(max = 6) @CharRange(from = ' ', to = '~') String other) {
    DistinguishedName both =
        name(
            new RDN(BCStyle.O, new DERUTF8String(other)),
            new RDN(
                new AttributeTypeAndValue[] {
                  new AttributeTypeAndValue(BCStyle.CN, new DERUTF8String(one)),
                  new AttributeTypeAndValue(BCStyle.OU, new DERBMPString(other))
                }));

    assertThat(DistinguishedName.of(both.toString())).contains(both);
  }

  @Test
  void halfACharacterIsNobodysName() {
    DistinguishedName half = commonName(new DERBMPString("Acme\ud800"));

    assertThat(half).isNotEqualTo(name("CN=Acme")).hasToString("2.5.4.3=#1e0a00410063006d0065d800");
  }

  @Test
  void whatIsNoTextIsTheSameByItsBytesAlone() {
    DistinguishedName bits = commonName(new DERBitString(new byte[] {1}));

    assertThat(bits)
        .isEqualTo(commonName(new DERBitString(new byte[] {1})))
        .isNotEqualTo(commonName(new DERBitString(new byte[] {2})))
        .isNotEqualTo(commonName(new DEROctetString(new byte[] {1})));
  }

  @Test
  void aNameInHexadecimalKeepsTheOrderOfItsParts() {
    DistinguishedName half =
        name(
            new RDN(BCStyle.O, new DERUTF8String("Org")),
            new RDN(BCStyle.CN, new DERBMPString("Acme\ud800")));

    assertThat(half.toString()).isEqualTo("2.5.4.3=#1e0a00410063006d0065d800,2.5.4.10=#0c034f7267");
    assertThat(DistinguishedName.of(half.toString())).contains(half);
  }

  @Test
  void aNameThatCanNotBeTakenApartIsLikeNoOther() {
    byte[] der = new X500Principal("CN=Acme").getEncoded();
    // The type of the text is one that does not exist.
    der[der.length - 6] = 0x0e;
    DistinguishedName broken = DistinguishedName.of(new X500Principal(der));

    assertThat(broken).isNotEqualTo(name("CN=Acme")).isEqualTo(broken);
    assertThat(DistinguishedName.of(broken.toString())).isEmpty();
  }

  @Test
  void whatIsNoNameIsNone() {
    assertThat(DistinguishedName.of("release@acme.example")).isEmpty();
    assertThat(DistinguishedName.of("CN=#zz")).isEmpty();
  }

  private static DistinguishedName name(String text) {
    return DistinguishedName.of(text).orElseThrow();
  }

  private static DistinguishedName commonName(ASN1Encodable value) {
    return name(new RDN(BCStyle.CN, value));
  }

  private static DistinguishedName name(RDN... names) {
    try {
      return DistinguishedName.of(new X500Principal(new X500Name(names).getEncoded()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
