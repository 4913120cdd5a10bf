// Verifies bundles with Sigstore's JavaScript client, as its own `verify` does, but under a trusted
// root that is given and not fetched.
//
// stdin:  {"trustedRoot": trusted_root.json, "keys": {hint: public key in PEM},
//          "bundles": [{"bundle": bundle, "identity": regular expression, "issuer": URL}]}
//         A bundle of a key has neither identity nor issuer, and needs no log and no timestamp.
// stdout: [null for a bundle that holds, else what the client says of it; in their order]
import { createPublicKey } from 'node:crypto';
import { json } from 'node:stream/consumers';

import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';

const { trustedRoot, keys, bundles } = await json(process.stdin);
const material = toTrustMaterial(TrustedRoot.fromJSON(trustedRoot), (hint) => ({
  publicKey: createPublicKey(keys[hint]),
  validFor: () => true,
}));
const keyless = new Verifier(material);
const keyed = new Verifier(material, { tlogThreshold: 0, timestampThreshold: 0 });

function complaint({ bundle, identity, issuer }) {
  try {
    const entity = toSignedEntity(bundleFromJSON(bundle));
    if (identity) {
      keyless.verify(entity, { subjectAlternativeName: identity, extensions: { issuer } });
    } else {
      keyed.verify(entity);
    }
    return null;
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}`;
  }
}

process.stdout.write(JSON.stringify(bundles.map(complaint)));
