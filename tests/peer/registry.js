// The registry as a gate holds it: roots, manifest, snapshot, changes, urgent revocations; docs/registry.md.
'use strict';

const crypto = require('node:crypto');
const zlib = require('node:zlib');

const { decode } = require('./cbor.js');
const { CoseError, verify1, verifyMany } = require('./cose.js');
const { keyRing, sha256 } = require('./keys.js');
const { SivError, unseal } = require('./siv.js');
const {
  BLOB, closed, isBytes, isCount, isFields, isList, isOneOf, isText, isTime, readStruct,
} = require('./schemas.js');

const CHUNK = 256 * 1024;
const MOST_INFLATED = 32 * 1024 * 1024;
const CONTEXTS = {
  root: 'gatepost root 1', manifest: 'gatepost manifest 1', urgent: 'gatepost urgent revocations 1',
  policy: 'gatepost policy 1',
};
const KIND = {
  policy: 1, subject: 2, template: 3, passKey: 4, listKey: 5, revokedPass: 6, probePass: 7, removal: 8, number: 9,
  numberSalt: 10,
};
const SLOW = { N: 16_384, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

const POLICY = Buffer.from([KIND.policy]).toString('hex');

const isKeys = isList(isBytes(32), 64);
const ROOT = closed({
  version: isCount, expires: isTime, threshold: isCount, root_keys: isKeys, registry_keys: isKeys,
  policy_keys: isKeys, command_keys: isKeys, acknowledgement_keys: isKeys, sites: isList(isText(64), 64),
});
const isBlob = isFields(BLOB);
const isOffer = isFields(closed({ base: isCount, blob: isBlob }));
const MANIFEST = closed({
  site: isText(64), version: isCount, previous: isCount, issued: isTime, expires: isTime, set_sha256: isBytes(32),
  snapshot: isBlob, changes: isList(isOffer, 32), gates: isList(isText(64), 1024),
});
const CHANGES = closed({
  site: isText(64), base: isCount, base_sha256: isBytes(32), version: isCount, changed: isBytes(0, MOST_INFLATED),
  removed: isList(isBytes(1, 512), 1_000_000),
});
const REMOVAL = closed({
  reference: isBytes(16), what: isOneOf('subject', 'templates', 'pass'), digest: isBytes(16),
});
const URGENT = closed({
  site: isText(64), number: isCount, base: isCount, issued: isTime, passes: isList(isText(64), 20_000),
  subjects: isList(isText(64), 20_000), keys: isList(isBytes(8), 20_000),
  removals: isList(isFields(REMOVAL), 400),
});

class NotBelieved extends Error {
  constructor(code, text) {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

const believe = (condition, code, text) => { if (!condition) throw new NotBelieved(code, text); };

// --- roots ------------------------------------------------------------------------------------------

/** Parts behind their lengths (4 bytes, big-endian). */
function split(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length;) {
    believe(at + 4 <= bytes.length, 'unreadable', 'a length is cut off');
    const size = bytes.readUInt32BE(at);
    believe(at + 4 + size <= bytes.length, 'unreadable', `a part of ${size} bytes is cut off`);
    parts.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return parts;
}

/** What a signed root says, whoever signed it. */
const rootOf = (signed) => readStruct(decode(verifyMany(signed, CONTEXTS.root).payload), ROOT);

/** The roots of a chain, oldest first, each signed by enough keys of the one before it and of its own. */
function walk(chain, anchorKeys) {
  let believed = { keys: anchorKeys, threshold: Math.floor(anchorKeys.length / 2) + 1 };
  const roots = split(chain).map((signed, index) => {
    const { payload, signersOf } = verifyMany(signed, CONTEXTS.root);
    believe(signersOf(keyRing(believed.keys)) >= believed.threshold, 'unsigned', `root ${index + 1}`);
    const root = readStruct(decode(payload), ROOT);
    believe(root.version === index + 1, 'older', `root ${root.version} in the place of ${index + 1}`);
    believe(signersOf(keyRing(root.root_keys)) >= root.threshold, 'unsigned', `root ${index + 1} by its own keys`);
    believed = { keys: root.root_keys, threshold: root.threshold };
    return root;
  });
  believe(roots.length > 0, 'unsigned', 'no root');
  return roots;
}

// --- records ----------------------------------------------------------------------------------------

/** The records of a set, by the hexadecimal of their keys: each once, in order. */
function readRecords(bytes) {
  const records = new Map();
  let before = Buffer.alloc(0);
  for (let at = 0; at < bytes.length;) {
    believe(at + 6 <= bytes.length, 'invalid', 'the records are cut off');
    const [keySize, valueSize] = [bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2)];
    const end = at + 6 + keySize + valueSize;
    believe(end <= bytes.length, 'invalid', `a record claims ${valueSize} bytes`);
    const key = bytes.subarray(at + 6, at + 6 + keySize);
    believe(Buffer.compare(before, key) < 0, 'invalid', 'the records are not in order');
    before = key;
    records.set(key.toString('hex'), bytes.subarray(at, end));
    at = end;
  }
  return records;
}

const setHash = (records) => sha256(...[...records.keys()].sort().map((key) => sha256(records.get(key))));

const valueOf = (record) => record.subarray(6 + record.readUInt16BE(0));

// --- what is sealed ---------------------------------------------------------------------------------

const sealKey = (templateKey) =>
  Buffer.from(crypto.hkdfSync('sha256', templateKey, Buffer.alloc(0), 'gatepost registry seal 1', 64));

function unsealed(key, site, kind, sealed) {
  try {
    return unseal(key, ['gatepost registry object 1', site, kind].map((part) => Buffer.from(part)), sealed);
  } catch (error) {
    if (error instanceof SivError) throw new NotBelieved('other_key', `the ${kind} is not sealed by this site's key`);
    throw error;
  }
}

const lengthed = (part) => Buffer.concat([uint32(part.length), part]);

function uint32(number) {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(number);
  return out;
}

function openTemplate(template, site, key) {
  const version = Buffer.alloc(8);
  version.writeBigUInt64BE(BigInt(template.get('subject_version')));
  const [subject, engine] = [template.get('subject_id'), template.get('engine')].map((text) => Buffer.from(text));
  const sealed = template.get('sealed');
  const opened = crypto.createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  opened.setAAD(Buffer.concat([Buffer.from(site), subject, version, engine].map(lengthed)));
  opened.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([opened.update(sealed.subarray(12, -16)), opened.final()]);
  return Float32Array.from({ length: plain.length / 4 }, (_, i) => plain.readFloatLE(4 * i));
}

// --- what a gate holds ------------------------------------------------------------------------------

class Registry {
  constructor({ site, gate, roots, templateKey }) {
    Object.assign(this, { site, gate, anchor: roots, templateKey, key: sealKey(templateKey) });
    this.roots = [];
    this.version = 0;
    this.records = new Map();
    this.urgent = null;
  }

  get root() {
    return this.roots[this.roots.length - 1];
  }

  takeRoots(chain) {
    const roots = walk(chain, this.anchor);
    if (roots.length >= this.roots.length) this.roots = roots;
    return this.root;
  }

  /** Central's keys by the roots in `chain`, where these are believed and not older; else none. */
  keysIn(chain) {
    try {
      const roots = walk(chain, this.anchor);
      return roots.length >= this.roots.length ? roots[roots.length - 1].acknowledgement_keys : [];
    } catch (error) {
      if (error.code === undefined) throw error;
      return [];
    }
  }

  /** The manifest in `signed`, believed: signature, site, gate, version, expiry. */
  manifestOf(signed, now) {
    const manifest = this.#signed(signed, CONTEXTS.manifest, MANIFEST);
    believe(manifest.gates.length === 0 || manifest.gates.includes(this.gate), 'other_gate', this.gate);
    believe(manifest.version >= this.version, 'older', `version ${manifest.version}`);
    const isHeld = manifest.version === this.version && !manifest.set_sha256.equals(this.setSha256);
    believe(!isHeld, 'changed', `version ${manifest.version} was held with other content`);
    believe(now < manifest.expires && now < this.root.expires, 'expired', `version ${manifest.version}`);
    return { ...manifest, snapshot: blobOf(manifest.snapshot), changes: manifest.changes.map(offerOf) };
  }

  /** What to fetch for `manifest`: changes from what is held where they are offered, else the snapshot. */
  wanted(manifest) {
    const offer = manifest.changes.find(({ base }) => base === this.version);
    return offer === undefined || this.version === 0 ? { kind: 'snapshot', blob: manifest.snapshot }
      : { kind: 'changes', blob: offer.blob };
  }

  /** Throws unless the object is the one whose hash the manifest names. */
  fits(manifest, kind, sealed) {
    const blobs = kind === 'snapshot' ? [manifest.snapshot] : manifest.changes.map(({ blob }) => blob);
    const named = blobs.some(({ sha256: hash, size }) => size === sealed.length && hash.equals(sha256(sealed)));
    believe(named, 'forged', `the ${kind} has another hash`);
  }

  install(manifest, kind, sealed) {
    const plain = unsealed(this.key, this.site, kind, sealed);
    const records = kind === 'snapshot' ? readRecords(plain) : this.#changed(manifest, plain);
    believe(setHash(records).equals(manifest.set_sha256), 'forged', 'the set has another hash');
    believe(records.has(POLICY), 'invalid', 'no policy');
    Object.assign(this, { records, version: manifest.version, setSha256: manifest.set_sha256 });
  }

  takeUrgent(signed) {
    const urgent = this.#signed(signed, CONTEXTS.urgent, URGENT);
    believe(urgent.number >= (this.urgent?.number ?? 0), 'older', `list ${urgent.number}`);
    this.urgent = urgent;
    return urgent;
  }

  /** The subjects that count, by id: those of the set that no urgent revocation names. */
  subjects() {
    const gone = this.urgent !== null && this.version <= this.urgent.base ? this.urgent.subjects : [];
    const found = this.#ofKind(KIND.subject).map((value) => decode(value));
    return new Map(found.filter((subject) => !gone.includes(subject.get('id'))).map((one) => [one.get('id'), one]));
  }

  /** The faces' vectors, opened: each only for the subject, version and engine that it is sealed for. */
  templates() {
    return this.#ofKind(KIND.template).map((value) => openTemplate(decode(value), this.site, this.templateKey));
  }

  /** The keys that sign passes, and the passes that count no more. */
  passTrust() {
    const gone = (this.urgent?.keys ?? []).map((id) => id.toString('hex'));
    const keys = [...keyRing(this.#ofKind(KIND.passKey))].filter(([id]) => !gone.includes(id));
    const revoked = this.#namesOf(KIND.revokedPass).map((name) => name.toString());
    return { keys: new Map(keys), revoked: new Set([...revoked, ...(this.urgent?.passes ?? [])]) };
  }

  listKeys() {
    return keyRing(this.#ofKind(KIND.listKey));
  }

  /** What a typed number opens, by the hash of its slow digest under the salt of the numbers; null: nothing. */
  opens(typed) {
    const [salt] = this.#ofKind(KIND.numberSalt);
    if (salt === undefined) return null;
    const slow = crypto.scryptSync(typed, salt, 16, SLOW);
    const kept = sha256(Buffer.concat([Buffer.from('gatepost number 1\0'), slow]));
    const record = this.records.get(Buffer.concat([Buffer.from([KIND.number]), kept]).toString('hex'));
    return record === undefined ? null : decode(valueOf(record));
  }

  /** The policy as its own key signed it. */
  policy() {
    const [signed] = this.#ofKind(KIND.policy);
    return decode(verify1(signed, keyRing(this.root.policy_keys), CONTEXTS.policy).payload);
  }

  #recordsOf(kind) {
    const prefix = Buffer.from([kind]).toString('hex');
    return [...this.records].filter(([key]) => key.startsWith(prefix));
  }

  #ofKind(kind) {
    return this.#recordsOf(kind).map(([, record]) => valueOf(record));
  }

  /** What follows the kind in the keys. */
  #namesOf(kind) {
    return this.#recordsOf(kind).map(([key]) => Buffer.from(key, 'hex').subarray(1));
  }

  #signed(signed, context, schema) {
    let payload;
    try {
      ({ payload } = verify1(signed, keyRing(this.root.registry_keys), context));
    } catch (error) {
      if (!(error instanceof CoseError)) throw error;
      throw new NotBelieved(error.code === 'forged' ? 'forged' : 'unsigned', error.message);
    }
    const fields = readStruct(decode(payload), schema);
    believe(fields.site === this.site, 'other_site', fields.site);
    return fields;
  }

  #changed(manifest, sealed) {
    const plain = zlib.inflateSync(sealed, { maxOutputLength: MOST_INFLATED });
    const changes = readStruct(decode(plain), CHANGES);
    believe(changes.site === this.site, 'other_site', changes.site);
    believe(changes.base === this.version && changes.base_sha256.equals(this.setSha256), 'other_base', changes.base);
    believe(changes.version === manifest.version, 'invalid', 'the changes lead to another version');
    const records = new Map(this.records);
    for (const key of changes.removed) records.delete(key.toString('hex'));
    for (const [key, record] of readRecords(changes.changed)) records.set(key, record);
    return records;
  }
}

const blobOf = (value) => readStruct(value, BLOB);
const offerOf = (value) => ({ base: value.get('base'), blob: blobOf(value.get('blob')) });

/** Gathers the chunks of one object; each is checked by the hash that the manifest names for it. */
class Assembly {
  constructor({ sha256: hash, size, chunks }) {
    this.hash = hash;
    this.hashes = Array.from({ length: Math.ceil(size / CHUNK) }, (_, i) => chunks.subarray(32 * i, 32 * i + 32));
    this.chunks = new Map();
  }

  get missing() {
    return this.hashes.map((_, index) => index).filter((index) => !this.chunks.has(index));
  }

  /** Whether the chunk was wanted and is genuine. */
  take({ object, index, data }) {
    const fits = object.equals(this.hash) && index < this.hashes.length && sha256(data).equals(this.hashes[index]);
    if (fits) this.chunks.set(index, data);
    return fits;
  }

  whole() {
    const bytes = Buffer.concat(this.hashes.map((_, index) => this.chunks.get(index)));
    believe(sha256(bytes).equals(this.hash), 'forged', 'the object has another hash');
    return bytes;
  }
}

module.exports = { Assembly, NotBelieved, Registry, believe, readRecords, rootOf, sealKey, setHash, split, unsealed };
