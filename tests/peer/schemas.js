// What a message or record may say: docs/protocol.cddl, as far as a gate needs it.
'use strict';

class Invalid extends Error {
  code = 'invalid';
}

const LAST = 2n ** 63n - 1n;

const isBytes = (least, most = least) => (value) =>
  value instanceof Uint8Array && value.length >= least && value.length <= most;
const isInteger = (value) => typeof value === 'bigint' || Number.isSafeInteger(value);
const isCount = (value) => isInteger(value) && value >= 0 && BigInt(value) <= LAST;
const isFrom = (least, most) => (value) => isCount(value) && value >= least && value <= most;
const isTime = (value) => isInteger(value) && value >= -62135510400000000n && value < 253370764800000000n;
const isOneOf = (...words) => (value) => words.includes(value);
const orNull = (check) => (value) => value === null || check(value);
const isList = (check, most, least = 0) => (value) =>
  Array.isArray(value) && value.length >= least && value.length <= most && value.every(check);
const isFields = (schema) => (value) => readStruct(value, schema) !== null;

/** Text of so many characters, none of them a control character. */
const isText = (most, least = 0) => (value) => {
  if (typeof value !== 'string' || /\p{Cc}/u.test(value)) return false;
  const length = [...value].length;
  return length >= least && length <= most;
};

/** The eight bytes of a finite double; zero is never negative. */
function isReal(value) {
  return isBytes(8)(value) && Number.isFinite(value.readDoubleBE()) && !Object.is(value.readDoubleBE(), -0);
}

/** A map as an object; null takes a field's place where it may be left out and is. */
function readStruct(value, { open = false, fields, optional = {} }) {
  if (!(value instanceof Map)) throw new Invalid('not a map');
  const found = {};
  for (const [name, check] of Object.entries({ ...fields, ...optional })) {
    if (!value.has(name) && !(name in optional)) throw new Invalid(`no ${name}`);
    if (value.has(name) && !check(value.get(name))) throw new Invalid(`${name} cannot be`);
    found[name] = value.get(name) ?? null;
  }
  const strange = [...value.keys()].find((name) => !(name in found));
  if (strange !== undefined && !open) throw new Invalid(`unknown field ${String(strange)}`);
  return found;
}

const closed = (fields) => ({ fields });
const open = (fields, optional = {}) => ({ open: true, fields, optional });

const NONCE = isBytes(16);
const SIGNED = closed({ signed: isBytes(0, 65536) });
const CLOCK = closed({ nonce: NONCE, at: isTime });
const REFUSAL = open({
  channel: isText(64, 1), digest: isBytes(32), code: (value) => /^[a-z_]{1,32}$/.test(value), detail: isText(256),
  at: isTime,
});
const BLOB = closed({ sha256: isBytes(32), size: isCount, chunks: isBytes(0, 32 * 1024) });
const isListName = (value) => /^(issuers\.list|revocations\.list|revocations-[0-9]{10}\.delta)$/.test(value);
const LIST = closed({
  name: isListName, version: isCount, base: isCount, sha256: isBytes(32), size: isCount, chunks: isBytes(0, 1024),
});
const COMMANDS = [
  'open_once', 'set_mode', 'lock_down', 'lift_lock_down', 'hold_entries', 'release_entries', 'reset_lane', 'send_diagnostics', 'take_update',
];

const isDigits = (value) => /^[0-9a-f]{32}$/.test(value);
const COUNTER = closed({
  gate: isText(64, 1), epoch: isDigits, day: isText(10), tally: (value) => [...value.values()].every(isCount),
});
const PERSON = closed({ subject: isText(64, 1), passage: (value) => value instanceof Map });
const COUNTS = closed({
  format: isOneOf('gatepost-counts-1'), site: isText(64, 1), gate: isText(64, 1),
  counters: isList(isFields(COUNTER), 512), persons: isList(isFields(PERSON), 500),
});

/** What comes down, by the rest of its topic: the most bytes of a payload, its fields, and whose keys sign it. */
const DOWN = {
  hello: {
    most: 4096,
    schema: open({
      nonce: NONCE, at: isTime, epoch: isCount, speaks: isList(isFrom(1, 255), 16, 1), schema: isCount,
    }, { software: isText(64) }),
  },
  ack: { most: 4096, schema: closed({ epoch: NONCE, sequence: isCount, hash: isBytes(32), issued: isTime }) },
  stored: { most: 4096, schema: closed({ epoch: NONCE, sequence: isCount, hash: isBytes(32), issued: isTime }) },
  clock: { most: 4096, schema: CLOCK },
  identity: { most: 4096, schema: open({ at: isTime }) },
  refused: {
    most: 4096,
    schema: open({ why: isOneOf('retired', 'suspended', 'unknown', 'disconnected'), at: isTime }),
  },
  refusal: { most: 4096, schema: REFUSAL },
  counts: { most: 196608, schema: open({ counts: isFields(COUNTS) }) },
  enrolment: {
    most: 4096,
    schema: open(
      { id: NONCE, state: isOneOf('received', 'accepted', 'refused'), at: isTime },
      { version: isCount, reason: isText(1024) },
    ),
  },
  'registry/root': { most: 65600, schema: SIGNED, isRoot: true },
  'registry/manifest': { most: 65600, schema: SIGNED },
  'registry/urgent': { most: 65600, schema: SIGNED },
  'registry/lists': { most: 65536, schema: closed({ lists: isList(isFields(LIST), 32) }) },
  'registry/chunk': {
    most: 262272,
    schema: closed({ object: isBytes(32), index: isCount, data: isBytes(0, 262144) }),
  },
  command: {
    most: 2048,
    schema: closed({
      nonce: NONCE, kind: isOneOf(...COMMANDS), actor: isText(64, 1), issued: isTime, expires: isTime,
      counter: isCount, argument: isText(64), challenge: orNull(NONCE),
    }),
    signer: 'command',
  },
};

/** What a gate says, where a reader of it is needed: to be held against the vectors. */
const UP = {
  clock: { most: 4096, schema: closed({ nonce: NONCE }) },
  health: { most: 4096, schema: open({}) },
};

module.exports = {
  BLOB, DOWN, Invalid, UP, closed, isBytes, isCount, isFields, isList, isOneOf, isReal, isText, isTime, readStruct,
};
