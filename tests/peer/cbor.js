// Deterministic CBOR (RFC 8949, 4.2.1), by the standard's text alone.
//
// Maps are Map objects when read (their keys may be numbers), and may be plain objects when written.
'use strict';

const MOST_DEPTH = 16;

class Tag {
  constructor(number, value) {
    this.number = number;
    this.value = value;
  }
}

class CborError extends Error {
  code = 'invalid';
}

function head(major, value) {
  const number = BigInt(value);
  const top = major << 5;
  if (number < 24n) return Buffer.from([top | Number(number)]);
  for (const [info, size] of [[24, 1], [25, 2], [26, 4], [27, 8]]) {
    if (number >> BigInt(8 * size) === 0n) {
      const out = Buffer.alloc(1 + size);
      out[0] = top | info;
      for (let i = 0; i < size; i += 1) out[size - i] = Number((number >> BigInt(8 * i)) & 255n);
      return out;
    }
  }
  throw new CborError(`${value} does not fit into 64 bits`);
}

function encode(value) {
  if (value === null) return Buffer.from([0xf6]);
  if (value === true) return Buffer.from([0xf5]);
  if (value === false) return Buffer.from([0xf4]);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const number = BigInt(value);
    return number >= 0n ? head(0, number) : head(1, -1n - number);
  }
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encode)]);
  if (value instanceof Tag) return Buffer.concat([head(6, value.number), encode(value.value)]);
  if (typeof value === 'object') return encodeMap(value instanceof Map ? [...value] : Object.entries(value));
  throw new CborError(`no way to write ${typeof value} ${String(value)}`);
}

function encodeMap(entries) {
  const pairs = entries.map(([key, value]) => [encode(key), encode(value)]);
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([head(5, pairs.length), ...pairs.flat()]);
}

class Reader {
  constructor(bytes, tag) {
    this.bytes = bytes;
    this.tag = tag;
    this.at = 0;
  }

  take(count) {
    if (count > this.bytes.length - this.at) throw new CborError(`cut off at byte ${this.bytes.length}`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  argument(info) {
    if (info < 24) return info;
    if (info > 27) throw new CborError(`an indefinite or unknown length at byte ${this.at - 1}`);
    const size = 1 << (info - 24);
    let value = 0n;
    for (const byte of this.take(size)) value = (value << 8n) | BigInt(byte);
    const least = size === 1 ? 24n : 1n << BigInt(4 * size);
    if (value < least) throw new CborError(`a number longer than it need be at byte ${this.at - size - 1}`);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  integer(info) {
    const value = this.argument(info);
    if (value >= 1n << 63n) throw new CborError(`an integer beyond 64 bits with a sign before byte ${this.at}`);
    return value;
  }

  length(info) {
    const count = this.argument(info);
    if (count > this.bytes.length - this.at) throw new CborError(`a length of ${count} at byte ${this.at}`);
    return count;
  }

  value(depth) {
    if (depth > MOST_DEPTH) throw new CborError(`deeper than ${MOST_DEPTH}`);
    const first = this.take(1)[0];
    const [major, info] = [first >> 5, first & 31];
    switch (major) {
      case 0: return this.integer(info);
      case 1: {
        const value = -1n - BigInt(this.integer(info));
        return value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value;
      }
      case 2: return Buffer.from(this.take(this.length(info)));
      case 3: return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.length(info)));
      case 4: return Array.from({ length: this.length(info) }, () => this.value(depth + 1));
      case 5: return this.map(this.length(info), depth);
      case 6: return this.tagged(this.argument(info), depth);
      default: return this.simple(info);
    }
  }

  map(count, depth) {
    const found = new Map();
    let before = null;
    for (let i = 0; i < count; i += 1) {
      const start = this.at;
      const key = this.value(depth + 1);
      const written = this.bytes.subarray(start, this.at);
      if (before !== null && Buffer.compare(before, written) >= 0) {
        throw new CborError(`a key out of order or twice at byte ${start}`);
      }
      before = written;
      found.set(key, this.value(depth + 1));
    }
    return found;
  }

  tagged(number, depth) {
    if (number !== this.tag || depth > 0) throw new CborError(`tag ${number} at byte ${this.at - 1}`);
    return new Tag(number, this.value(depth + 1));
  }

  simple(info) {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    throw new CborError(`a float or unknown simple value at byte ${this.at - 1}`);
  }
}

/** The one value that `bytes` are, in this tag or none; what could have been written otherwise is refused. */
function decode(bytes, tag = null) {
  const reader = new Reader(Buffer.from(bytes), tag);
  let value;
  try {
    value = reader.value(0);
  } catch (error) {
    if (error instanceof TypeError) throw new CborError(`not UTF-8: ${error.message}`);
    throw error;
  }
  if (reader.at !== bytes.length) throw new CborError(`${bytes.length - reader.at} bytes too many`);
  return value;
}

/** The IEEE 754 double of a real number, as eight bytes: no minus before a zero. */
function real(number) {
  if (!Number.isFinite(number)) throw new CborError(`${number} is not finite`);
  const out = Buffer.alloc(8);
  out.writeDoubleBE(number === 0 ? 0 : number);
  return out;
}

module.exports = { CborError, Tag, decode, encode, real };
