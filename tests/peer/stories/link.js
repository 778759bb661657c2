// Hello, clock, health, and what each end says of what it refuses.
'use strict';

const assert = require('node:assert');

const { Gate, NOTHING_HELD, identityOf, microseconds, nonce } = require('../gate.js');
const { secretKey } = require('../keys.js');

/** The second link is welcomed with the number of the first; what a later version says besides is passed over. */
async function hello(who, talk) {
  const first = await Gate.connect(who);
  const welcome = await first.hello();
  assert.equal(welcome.epoch, 0, 'central has never heard this gate');
  talk.say('welcome', welcome);
  first.link.disconnect();
  const second = await Gate.connect(who, { epoch: first.epoch + 1 });
  const again = await second.hello(NOTHING_HELD, { speaks: [1, 2], schema: 7, colour: 'green' });
  assert.equal(again.epoch, first.epoch);
  talk.say('welcome', again);
  second.link.disconnect();
}

/** The clock was set back: the welcome tells of a later link, and the gate begins another one after it. */
async function setback(who, talk) {
  const first = await Gate.connect(who);
  await first.hello();
  first.link.disconnect();
  const early = await Gate.connect(who, { epoch: first.epoch - 1_000_000 });
  const { epoch } = await early.hello();
  assert.equal(epoch, first.epoch);
  const refusal = await early.refusalOf('health', early.seal('health', early.health()));
  early.link.disconnect();
  const later = await Gate.connect(who, { epoch: epoch + 1 });
  await later.hello();
  await later.send('health', later.health());
  talk.say('heard', { code: refusal.code });
  await talk.until('seen');
  later.link.disconnect();
}

/** Two processes of one identity speak by turns: the one that is connected is told. */
async function shared(who, talk) {
  let gate;
  for (const [index, started] of [1, 2, 1].entries()) {
    gate?.link.disconnect();
    gate = await Gate.connect(who, { epoch: who.started + index });
    await gate.hello(NOTHING_HELD, { started });
  }
  talk.say('told', { at: (await gate.hear('identity')).at });
  gate.link.disconnect();
}

/** What the broker itself keeps a device from: other topics than its own, and anything retained. */
async function bounds(who, talk) {
  const gate = await Gate.connect(who);
  const reasons = [
    await gate.link.publish('up/another-gate/clock', gate.seal('clock', { nonce: nonce() })),
    await gate.link.publish(`dn/${who.device}/command`, gate.seal('clock', { nonce: nonce() })),
  ];
  const kept = gate.link.publish(gate.topic('clock'), gate.seal('clock', { nonce: nonce() }), { retain: true });
  const ended = await kept.catch((error) => error.message);
  talk.say('refused', { reasons, ended });
}

/** Central's word that it takes nothing more from this gate ends the link. */
async function refused(who, talk) {
  const gate = await Gate.connect(who);
  await gate.sayHello(NOTHING_HELD);
  talk.say('ready');
  talk.say('refused', { why: (await gate.hear('refused')).why });
  gate.link.disconnect();
}

async function clock(who, talk) {
  const gate = await Gate.connect(who);
  await gate.hello();
  const asked = nonce();
  const sent = performance.now();
  const { at } = await gate.ask('clock', { nonce: asked }, 'clock', (answer) => answer.nonce.equals(asked));
  const trip = performance.now() - sent;
  talk.say('measured', { off: Date.now() - trip / 2 - at / 1000, error: trip / 2 });
  gate.link.disconnect();
}

/** A health that was said before is not news; a link that breaks is told by its will. */
async function health(who, talk) {
  const gate = await Gate.connect(who);
  await gate.hello();
  const old = gate.seal('health', gate.health('online', { alarms: ['journal_forked'] }));
  await gate.sendBytes('health', old);
  await gate.send('health', gate.health());
  const refusal = await gate.refusalOf('health', old);
  assert.equal(refusal.channel, 'health');
  assert.equal(refusal.code, 'older');
  talk.say('online');
  await talk.until('seen');
  gate.link.drop();
  talk.say('dropped');
  await talk.until('seen');
}

/** What central refuses it answers, with a code and the hash of what it refused. */
async function refusals(who, talk) {
  const gate = await Gate.connect(who);
  await gate.hello();
  const question = { nonce: nonce() };
  const genuine = gate.seal('clock', question);
  const flipped = Buffer.from(genuine);
  flipped[flipped.length - 1] ^= 1;
  const other = Buffer.from(genuine);
  other[2] = 2;
  const codes = {};
  for (const [name, channel, bytes] of [
    ['altered', 'clock', flipped],
    ['version', 'clock', other],
    ['stranger', 'clock', gate.seal('clock', question, secretKey(Buffer.alloc(32, 7)))],
    ['more', 'clock', gate.seal('clock', { ...question, colour: 'green' })],
    ['elsewhere', 'registry/want', genuine],
  ]) codes[name] = (await gate.refusalOf(channel, bytes)).code;
  talk.say('refused', { codes });
  gate.link.disconnect();
}

/** What comes down is believed only if central signed it, for this gate, as this. */
async function disbelief(who, talk) {
  const gate = await Gate.connect(who);
  await gate.hello();
  talk.say('ready');
  await talk.until('sent');
  const asked = nonce();
  await gate.ask('clock', { nonce: asked }, 'clock', (answer) => answer.nonce.equals(asked));
  talk.say('refused', { codes: gate.refused.map(({ code }) => code) });
  for (const refused of gate.refused) await gate.send('refusal', { ...refused, detail: '', at: microseconds() });
  talk.say('answered');
  await talk.until('seen');
  gate.link.disconnect();
}

const countsOf = (who, entered) => ({
  format: 'gatepost-counts-1', site: who.site, gate: who.gate, persons: [],
  counters: [{ gate: who.gate, epoch: '00'.repeat(16), day: '2026-03-03', tally: { entered } }],
});

/** Two gates of a site learn what the other one counted; neither may speak for the other. */
async function counts(who, talk) {
  const [one, other] = [await Gate.connect(who), await Gate.connect(identityOf(who.other))];
  for (const gate of [one, other]) await gate.hello();
  await one.send('counts', { counts: countsOf(one.who, 12), stamp: one.stamp() });
  const heard = await other.hear('counts');
  assert.equal(heard.counts.get('gate'), one.who.gate);
  const lie = { counts: countsOf(other.who, 13), stamp: one.stamp() };
  const refusal = await one.refusalOf('counts', one.seal('counts', lie));
  const question = { counts: countsOf(other.who, 3), stamp: other.stamp(), asks: true };
  const asked = await other.ask('counts', question, 'counts');
  talk.say('counted', { code: refusal.code, entered: asked.counts.get('counters')[0].get('tally').get('entered') });
  for (const gate of [one, other]) gate.link.disconnect();
}

module.exports = { shared, bounds, counts, setback, refused, hello, clock, health, refusals, disbelief };
