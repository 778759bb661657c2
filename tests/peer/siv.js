// AES-SIV (RFC 5297) over AES-256: CMAC (RFC 4493), S2V and CTR. Node.js has none of its own.
'use strict';

const crypto = require('node:crypto');

const BLOCK = 16;
const ZERO = Buffer.alloc(BLOCK);

class SivError extends Error {}

/** The last block of CBC over whole blocks, from a zero vector. */
function cbc(key, bytes) {
  const cipher = crypto.createCipheriv('aes-256-cbc', key, ZERO);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]).subarray(-BLOCK);
}

function doubled(block) {
  const out = Buffer.alloc(BLOCK);
  for (let i = 0; i < BLOCK; i += 1) out[i] = ((block[i] << 1) | ((block[i + 1] ?? 0) >> 7)) & 255;
  if (block[0] & 0x80) out[BLOCK - 1] ^= 0x87;
  return out;
}

const padded = (bytes) => Buffer.concat([bytes, Buffer.from([0x80]), Buffer.alloc(BLOCK - 1 - bytes.length)]);

function xorEnd(bytes, block) {
  const out = Buffer.from(bytes);
  for (let i = 0; i < BLOCK; i += 1) out[out.length - BLOCK + i] ^= block[i];
  return out;
}

function cmac(key, bytes) {
  const once = doubled(cbc(key, ZERO));
  const whole = bytes.length > 0 && bytes.length % BLOCK === 0;
  if (whole) return cbc(key, xorEnd(bytes, once));
  const rest = bytes.length - (bytes.length % BLOCK);
  const full = Buffer.concat([bytes.subarray(0, rest), padded(bytes.subarray(rest))]);
  return cbc(key, xorEnd(full, doubled(once)));
}

function s2v(key, associated, plain) {
  let sum = cmac(key, ZERO);
  for (const part of associated) sum = xorEnd(doubled(sum), cmac(key, part));
  const last = plain.length >= BLOCK ? xorEnd(plain, sum) : xorEnd(doubled(sum), padded(plain));
  return cmac(key, last);
}

function ctr(key, tag, bytes) {
  const start = Buffer.from(tag);
  start[8] &= 0x7f;
  start[12] &= 0x7f;
  const cipher = crypto.createCipheriv('aes-256-ctr', key, start);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

function seal(key, associated, plain) {
  const tag = s2v(key.subarray(0, 32), associated, plain);
  return Buffer.concat([tag, ctr(key.subarray(32), tag, plain)]);
}

function unseal(key, associated, sealed) {
  if (sealed.length < BLOCK) throw new SivError('cut off');
  const tag = sealed.subarray(0, BLOCK);
  const plain = ctr(key.subarray(32), tag, sealed.subarray(BLOCK));
  if (!crypto.timingSafeEqual(s2v(key.subarray(0, 32), associated, plain), tag)) throw new SivError('forged');
  return plain;
}

module.exports = { SivError, seal, unseal };
