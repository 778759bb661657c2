// The journal goes up: in order, twice, with a hole, from two stores, altered.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');

const { encode } = require('../cbor.js');
const { Gate } = require('../gate.js');
const { Journal } = require('../chain.js');

const passage = (number) => ({
  cause: 'decision', reference: `passage-${number}`, direction: 'entry', counted: 'counted',
});

function journalOf(who, count, options) {
  const journal = new Journal(crypto.randomBytes(16), who.gate, options);
  for (let i = 0; i < count; i += 1) journal.append('lane_passed', passage(i));
  return journal;
}

/** A link on which central has said what it has of the journal: before that nothing is sent. */
async function opened(who, journal, options) {
  const gate = await Gate.connect(who, options);
  await gate.hello();
  return [gate, await held(gate, journal)];
}

function held(gate, journal) {
  return gate.ask('journal', journal.question(), 'ack', ({ epoch }) => epoch.equals(journal.epoch));
}

/** Sends a batch, and waits until central says that it has everything up to `sequence`. */
async function stored(gate, journal, batch, sequence) {
  const acknowledgement = await gate.ask('journal', batch, 'ack', (said) => said.sequence >= sequence);
  assert.equal(acknowledgement.sequence, sequence);
  assert(journal.covers(acknowledgement), 'the hash is that of this journal\'s own event');
  return acknowledgement;
}

async function journal(who, talk) {
  const events = journalOf(who, 150);
  const [gate, before] = await opened(who, events);
  assert.equal(before.sequence, 0);
  assert(events.covers(before));
  await stored(gate, events, events.batch(1), 100);
  await stored(gate, events, events.batch(101), 150);
  talk.say('stored', { epoch: events.epoch, count: 150 });
  gate.link.disconnect();
}

async function duplicate(who, talk) {
  const events = journalOf(who, 20);
  const [gate] = await opened(who, events);
  await stored(gate, events, events.batch(1), 20);
  await stored(gate, events, events.batch(1), 20);
  await stored(gate, events, events.batch(11), 20);
  talk.say('stored', { epoch: events.epoch, count: 20 });
  gate.link.disconnect();
}

/** The link breaks with a batch under way: the gate asks, and goes on from what central says. */
async function resume(who, talk) {
  const events = journalOf(who, 30);
  const [gate] = await opened(who, events);
  await stored(gate, events, events.batch(1, { count: 10 }), 10);
  gate.link.publish(gate.topic('journal'), gate.seal('journal', events.batch(11, { count: 10 }))).catch(() => {});
  gate.link.drop();
  const [again, { sequence }] = await opened(who, events, { epoch: gate.epoch + 1 });
  assert(sequence === 10 || sequence === 20, `central has ${sequence}`);
  await stored(again, events, events.batch(sequence + 1), 30);
  talk.say('stored', { epoch: events.epoch, count: 30 });
  again.link.disconnect();
}

/** Events 6 to 8 are lost at the gate, which says so. */
async function gap(who, talk) {
  const events = journalOf(who, 10);
  const [gate] = await opened(who, events);
  await stored(gate, events, events.batch(1, { count: 5 }), 5);
  await stored(gate, events, events.batch(9, { after: 5 }), 10);
  talk.say('stored', { epoch: events.epoch, count: 7 });
  gate.link.disconnect();
}

/** What was declared lost arrives all the same. */
async function found(who, talk) {
  const events = journalOf(who, 10);
  const [gate] = await opened(who, events);
  await stored(gate, events, events.batch(1, { count: 5 }), 5);
  await stored(gate, events, events.batch(9, { after: 5 }), 10);
  await stored(gate, events, events.batch(6, { count: 3 }), 10);
  talk.say('stored', { epoch: events.epoch, count: 10 });
  gate.link.disconnect();
}

/** A store that was copied: two count the same epoch from event 4 on. What central says is not of the second. */
async function fork(who, talk) {
  const events = journalOf(who, 5);
  const copy = events.copied(3);
  for (let i = 0; i < 2; i += 1) copy.append('lane_passed', passage(100 + i));
  const [gate] = await opened(who, events);
  await stored(gate, events, events.batch(1), 5);
  await gate.send('journal', copy.batch(4));
  const acknowledgement = await held(gate, copy);
  assert.equal(acknowledgement.sequence, 5);
  assert(!copy.covers(acknowledgement), 'the copy may delete nothing');
  assert(events.covers(acknowledgement));
  talk.say('stored', { epoch: events.epoch, count: 5 });
  gate.link.disconnect();
}

/** What does not hash to the batch's hash is not stored; the genuine batch is, later. */
async function altered(who, talk) {
  const events = journalOf(who, 10);
  const [gate] = await opened(who, events);
  const batch = events.batch(1);
  const rows = batch.rows.map((row, index) => (index === 4 ? [...row.slice(0, 4), encode(passage(999))] : row));
  const refusal = await gate.refusalOf('journal', gate.seal('journal', { ...batch, rows }));
  assert.equal(refusal.code, 'altered');
  assert.equal((await held(gate, events)).sequence, 0, 'nothing of it is stored');
  await stored(gate, events, batch, 10);
  talk.say('stored', { epoch: events.epoch, count: 10 });
  gate.link.disconnect();
}

/** Numbers and times that no chain can have. */
async function impossible(who, talk) {
  const events = journalOf(who, 5);
  const [gate] = await opened(who, events);
  const far = journalOf(who, 5, { first: 2 ** 32 + 100, epoch: events.epoch });
  const unreachable = await gate.refusalOf('journal', gate.seal('journal', far.batch(2 ** 32 + 100)));
  const late = journalOf(who, 1, { now: () => 253402300800000000n });
  const [asked] = [late.batch(1)];
  const invalid = await gate.refusalOf('journal', gate.seal('journal', asked));
  talk.say('refused', { codes: [unreachable.code, invalid.code] });
  await stored(gate, events, events.batch(1), 5);
  gate.link.disconnect();
}

module.exports = { journal, duplicate, resume, gap, found, fork, altered, impossible, journalOf, opened, stored };
