package dev.weighmaster.trust;

import dev.sigstore.trustroot.CertificateAuthority;
import dev.sigstore.trustroot.SigstoreTrustedRoot;
import dev.sigstore.trustroot.TransparencyLog;
import dev.sigstore.trustroot.ValidFor;
import dev.weighmaster.digest.Sha256Hex;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is different in a newer trusted root of a Sigstore instance.
 *
 * @param isChange whether the files differ at all
 * @param changes a line for each authority and log that has come, has gone, or is in use for
 *     another time
 */
public record TrustedRootUpdate(boolean isChange, List<String> changes) {
  public TrustedRootUpdate {
    changes = List.copyOf(changes);
  }

  /**
   * Compares two trusted roots.
   *
   * @param before the old file's bytes; none are an empty root, and so is what is no root
   * @throws PolicyException if the new one is none that a policy can name
   */
  public static TrustedRootUpdate of(byte[] before, byte[] after) throws PolicyException {
    Map<String, String> newer = parties(TrustRootReader.sigstore("new", after).trustedRoot());
    Map<String, String> older;
    try {
      older = parties(TrustRootReader.sigstore("old", before).trustedRoot());
    } catch (PolicyException e) {
      older = Map.of();
    }
    var changes = new ArrayList<String>();
    for (Map.Entry<String, String> party : newer.entrySet()) {
      Optional<String> was = Optional.ofNullable(older.get(party.getKey()));
      if (was.isEmpty()) {
        changes.add("added        " + party.getKey() + ", " + party.getValue());
      } else if (!was.get().equals(party.getValue())) {
        changes.add(
            "changed      " + party.getKey() + ", " + party.getValue() + ", was " + was.get());
      }
    }
    older.keySet().stream()
        .filter(party -> !newer.containsKey(party))
        .forEach(party -> changes.add("removed      " + party));
    return new TrustedRootUpdate(!Arrays.equals(before, after), changes);
  }

  /** When each party is in use, by what it is and a part of its key's or certificate's digest. */
  private static Map<String, String> parties(SigstoreTrustedRoot root) throws PolicyException {
    var parties = new TreeMap<String, String>();
    addAuthorities("certificate authority", root.getCAs(), parties);
    addLogs("transparency log", root.getTLogs(), parties);
    addLogs("certificate log", root.getCTLogs(), parties);
    addAuthorities("timestamp authority", root.getTSAs(), parties);
    return parties;
  }

  private static void addAuthorities(
      String kind, List<CertificateAuthority> authorities, Map<String, String> parties)
      throws PolicyException {
    for (CertificateAuthority authority : authorities) {
      try {
        add(
            kind,
            authority.getUri(),
            authority.getCertPath().getEncoded(),
            authority.getValidFor(),
            parties);
      } catch (CertificateEncodingException e) {
        throw new PolicyException("has a broken certificate: " + e.getMessage());
      }
    }
  }

  private static void addLogs(
      String kind, List<TransparencyLog> logs, Map<String, String> parties) {
    for (TransparencyLog log : logs) {
      add(
          kind,
          log.getBaseUrl(),
          log.getPublicKey().getRawBytes(),
          log.getPublicKey().getValidFor(),
          parties);
    }
  }

  private static void add(
      String kind, Object uri, byte[] identity, ValidFor used, Map<String, String> parties) {
    parties.put(
        kind + " " + uri + " (" + Sha256Hex.of(identity).substring(0, 12) + ")",
        "in use from " + used.getStart() + used.getEnd().map(end -> " until " + end).orElse(""));
  }
}
