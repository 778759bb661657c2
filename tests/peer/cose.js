// COSE_Sign1 and COSE_Sign (RFC 9052) in the one shape that is accepted: EdDSA, key id in the protected header.
'use strict';

const { Tag, decode, encode } = require('./cbor.js');

const [ALGORITHM, KEY_ID, EDDSA] = [1, 4, -8];
const [SIGN1, SIGN] = [18, 98];

class CoseError extends Error {
  constructor(code, text) {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

const protectedBy = (id) => encode(new Map([[ALGORITHM, EDDSA], [KEY_ID, id]]));

function sign1(payload, key, context) {
  const header = protectedBy(key.id);
  const signed = encode(['Signature1', header, Buffer.from(context), payload]);
  return encode(new Tag(SIGN1, [header, {}, payload, key.sign(signed)]));
}

/** The payload of a COSE_Sign1 that a key of `ring` signed for `context`, and that key's id. */
function verify1(message, ring, context) {
  const [header, payload, signature] = unpack(message);
  const id = keyIdOf(header);
  const key = ring.get(id.toString('hex'));
  if (key === undefined) throw new CoseError('unknown_key', `nothing is known of key ${id.toString('hex')}`);
  const signed = encode(['Signature1', header, Buffer.from(context), payload]);
  if (!key.verify(signed, signature)) throw new CoseError('forged', 'the signature is not that of its key');
  return { payload, keyId: id };
}

function unpack(message) {
  const parts = arrayOf(message, SIGN1);
  const [header, unprotected, payload, signature] = parts;
  if (parts.length !== 4 || !isEmptyMap(unprotected) || !areBytes(header, payload, signature)) {
    throw new CoseError('unreadable', 'not the shape of a COSE_Sign1');
  }
  if (signature.length !== 64) throw new CoseError('unreadable', 'a signature has 64 bytes');
  return [header, payload, signature];
}

/** What a COSE_Sign holds: its payload, and how many keys of `ring` signed it for `context`, each once. */
function verifyMany(message, context) {
  const parts = arrayOf(message, SIGN);
  const [header, unprotected, payload, signatures] = parts;
  if (parts.length !== 4 || !isEmptyMap(unprotected) || !areBytes(header, payload) || !Array.isArray(signatures)) {
    throw new CoseError('unreadable', 'not the shape of a COSE_Sign');
  }
  return { payload, signersOf: (ring) => countSigners(header, payload, signatures, ring, context) };
}

function countSigners(header, payload, signatures, ring, context) {
  const counted = new Set();
  for (const [own, unprotected, signature] of signatures) {
    if (!isEmptyMap(unprotected)) throw new CoseError('unreadable', 'an unprotected header is not empty');
    const id = keyIdOf(own).toString('hex');
    const key = ring.get(id);
    const signed = encode(['Signature', header, own, Buffer.from(context), payload]);
    if (key !== undefined && key.verify(signed, signature)) counted.add(id);
  }
  return counted.size;
}

function arrayOf(message, number) {
  let value;
  try {
    value = decode(message, number);
  } catch (error) {
    throw new CoseError('unreadable', error.message);
  }
  if (!(value instanceof Tag) || value.number !== number || !Array.isArray(value.value)) {
    throw new CoseError('unreadable', `not tag ${number} around an array`);
  }
  return value.value;
}

function keyIdOf(header) {
  let fields;
  try {
    fields = decode(header);
  } catch (error) {
    throw new CoseError('unreadable', error.message);
  }
  const id = fields instanceof Map ? fields.get(KEY_ID) : undefined;
  if (!areBytes(id) || id.length !== 8 || fields.size !== 2 || fields.get(ALGORITHM) !== EDDSA) {
    throw new CoseError('unreadable', 'the protected header is not {1: -8, 4: key id}');
  }
  return id;
}

const areBytes = (...values) => values.every((value) => value instanceof Uint8Array);
const isEmptyMap = (value) => value instanceof Map && value.size === 0;

module.exports = { CoseError, sign1, verify1, verifyMany };
