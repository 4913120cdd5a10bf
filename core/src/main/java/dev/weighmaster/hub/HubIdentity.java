package dev.weighmaster.hub;

/**
 * Identifies a hub in the history of an audit table: the address that its audits were given,
 * without slashes at the end. {@code s3a://bucket/hub} and {@code s3a://bucket/hub/} are one hub.
 * Addresses that differ otherwise are two, even if they lead to the same folder.
 *
 * <p>The table keeps each address as it was given. Everything that looks for runs over the same hub
 * compares identities; the named queries do so by {@code regexp_replace(hub, '/+$', '')}.
 *
 * @param text for comparing and hashing; not an address that can be opened
 */
public record HubIdentity(String text) {

  /** The identity of the hub at a URI or path. */
  public static HubIdentity of(String address) {
    int end = address.length();
    while (end > 1 && address.charAt(end - 1) == '/') {
      end--;
    }
    return new HubIdentity(address.substring(0, end));
  }
}
