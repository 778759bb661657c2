// The files of a registry, as docs/registry.md frames them: a magic line, and parts behind their lengths.
'use strict';

const assert = require('node:assert');

const { encode } = require('./cbor.js');
const {
  Registry, believe, readRecords, rootOf, sealKey, setHash, split, unsealed,
} = require('./registry.js');

const MAGIC = {
  bundle: 'gatepost registry 1\n',
  changes: 'gatepost registry changes 1\n',
  revocations: 'gatepost urgent revocations 1\n',
};
const PARTS = { bundle: 3, changes: 3, revocations: 2 };

const hex = (text) => Buffer.from(text, 'hex');

/** The parts of a file of this `kind`. */
function partsOf(kind, file) {
  const magic = Buffer.from(MAGIC[kind]);
  believe(file.subarray(0, magic.length).equals(magic), 'unreadable', `not a ${kind}`);
  const parts = split(file.subarray(magic.length));
  believe(parts.length === PARTS[kind], 'unreadable', `${parts.length} parts`);
  return parts;
}

/** What a gate does with a file in its inbox. */
function take(registry, kind, file, now) {
  const [roots, signed, object] = partsOf(kind, file);
  registry.takeRoots(roots);
  if (kind === 'revocations') return registry.takeUrgent(signed);
  const manifest = registry.manifestOf(signed, now);
  const what = kind === 'bundle' ? 'snapshot' : 'changes';
  registry.fits(manifest, what, object);
  return registry.install(manifest, what, object);
}

function registryOf({ site, gate, anchor, template_key: templateKey }) {
  return new Registry({ site, gate, roots: anchor.keys.map(hex), templateKey: hex(templateKey) });
}

/** A gate that holds version `version` of the vectors. */
function holding(told, version) {
  const registry = registryOf(told);
  const held = told.versions.find((item) => item.version === version);
  if (held !== undefined) take(registry, 'bundle', hex(held.bundle), told.now);
  return registry;
}

function takeFile(told, { kind, held, file }) {
  take(holding(told, held), kind, hex(file), told.now);
}

function rootIs(signed, value, payload) {
  assert.equal(encode(value).toString('hex'), payload);
  assert.equal(rootOf(signed).version, value.get('version'));
}

function versionIs(told, version) {
  const registry = holding(told, version.version);
  assert.equal(registry.version, version.version);
  assert.equal(setHash(registry.records).toString('hex'), version.set_sha256);
  const plain = unsealed(sealKey(hex(told.template_key)), told.site, 'snapshot', hex(version.snapshot));
  assert.equal(plain.toString('hex'), version.records_encoded);
  assert.deepEqual([...readRecords(plain).keys()], version.records.map(({ key }) => key));
  if (version.changes !== undefined) {
    const follower = holding(told, version.changes.base);
    take(follower, 'changes', hex(version.changes.file), told.now);
    assert.deepEqual(follower.records, registry.records);
  }
}

function urgentIs(told) {
  const registry = holding(told, told.versions.length);
  const before = registry.subjects().size;
  const { subjects, passes } = take(registry, 'revocations', hex(told.urgent.file), told.now);
  assert.deepEqual([subjects, passes], [told.urgent.value.subjects, told.urgent.value.passes]);
  assert.equal(registry.subjects().size, before - subjects.length);
}

function numberIs(told, typed, opens) {
  assert.deepEqual(holding(told, 1).opens(typed), opens);
}

module.exports = { numberIs, rootIs, takeFile, urgentIs, versionIs };
