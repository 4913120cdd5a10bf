// Signs statements with Sigstore's JavaScript client, against the services of @sigstore/mock.
//
// stdin:  [{"statement": Base64, "identity": URI, "issuer": URL, "timestamp": bool,
//           "legacy": bool}], where legacy means an intoto entry in a bundle of version 0.2
// stdout: {"trustedRoot": trusted_root.json, "bundles": [one a statement, in their order]}
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { attest } from 'sigstore';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const LOG_URL = 'https://rekor.sigstore.mock';

const key = (namedCurve) => generateKeyPairSync('ec', { namedCurve });
const ctlog = await initializeCTLog(key('P-256'));
const ca = await initializeCA(key('P-384'), ctlog);
const tlog = await initializeTLog(LOG_URL, key('P-256'));
const tsa = await initializeTSA(key('P-384'));

const validFor = { start: new Date(0) };
const log = (baseUrl, rawBytes) => ({
  baseUrl,
  hashAlgorithm: HashAlgorithm.SHA2_256,
  publicKey: { rawBytes, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, validFor },
  logId: { keyId: createHash('sha256').update(rawBytes).digest() },
});
const authority = (uri, chain) => ({
  subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
  uri,
  certChain: { certificates: chain.map((rawBytes) => ({ rawBytes })) },
  validFor,
});
const trustedRoot = TrustedRoot.toJSON({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [log(LOG_URL, tlog.publicKey)],
  certificateAuthorities: [authority('https://fulcio.sigstore.mock', [ca.rootCertificate])],
  ctlogs: [log('https://ctfe.sigstore.mock', ctlog.publicKey)],
  timestampAuthorities: [
    authority('https://timestamp.sigstore.mock', [tsa.intCertificate, tsa.rootCertificate]),
  ],
});

const sha256 = (bytes) => ({
  algorithm: 'sha256',
  value: createHash('sha256').update(bytes).digest('hex'),
});

// The mock logs an entry as it is proposed; Rekor logs what its Canonicalize makes of it.
function committed({ apiVersion, kind, spec }) {
  if (kind === 'intoto') {
    const { payload, ...envelope } = spec.content.envelope;
    return { apiVersion, kind, spec: { content: { ...spec.content, envelope } } };
  }
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope);
  return {
    apiVersion,
    kind,
    spec: {
      envelopeHash: sha256(envelope),
      payloadHash: sha256(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }, i) => ({ signature: sig, verifier: verifiers[i] })),
    },
  };
}

const services = [
  fulcioHandler(ca),
  rekorHandler({ log: (proposed) => tlog.log(committed(proposed)) }),
  tsaHandler(tsa),
];
const server = createServer(async (request, response) => {
  const service = services.find(({ path }) => path === request.url);
  const body = JSON.stringify(await json(request));
  const { statusCode, response: answer, contentType } = await service.fn(body);
  response.writeHead(statusCode, { 'Content-Type': contentType ?? 'text/plain' }).end(answer);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}`;

const base64url = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url');
const token = (identity, issuer) =>
  `${base64url({ alg: 'none' })}.${base64url({ sub: identity, iss: issuer })}.`;

const bundles = [];
for (const { statement, identity, issuer, legacy, timestamp } of await json(process.stdin)) {
  bundles.push(
    await attest(Buffer.from(statement, 'base64'), PAYLOAD_TYPE, {
      fulcioURL: url,
      rekorURL: url,
      tsaServerURL: timestamp ? url : undefined,
      identityToken: token(identity, issuer),
      legacyCompatibility: legacy,
      timeout: 60_000, // of one request, in milliseconds; a busy machine can take seconds
    }),
  );
}
server.closeAllConnections();
server.close();
process.stdout.write(JSON.stringify({ trustedRoot, bundles }));
