// Ed25519 keys as the wire names them: raw, 32 bytes, and an id of 8.
'use strict';

const crypto = require('node:crypto');

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();

const keyId = (raw) => sha256(raw).subarray(0, 8);

function secretKey(seed) {
  const secret = crypto.createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const raw = crypto.createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  return { id: keyId(raw), raw, sign: (bytes) => crypto.sign(null, bytes, secret) };
}

function publicKey(raw) {
  const key = crypto.createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
  return { id: keyId(raw), raw, verify: (bytes, signature) => crypto.verify(null, bytes, key, signature) };
}

/** A set of public keys, found by the hexadecimal of their ids. */
const keyRing = (raws) => new Map(raws.map((raw) => [keyId(raw).toString('hex'), publicKey(raw)]));

module.exports = { keyId, keyRing, publicKey, secretKey, sha256 };
