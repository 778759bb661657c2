// Commands: verified by the root's command keys, done once, in order, and answered in the journal.
'use strict';

const crypto = require('node:crypto');

const { Journal } = require('../chain.js');
const { CommandRules } = require('../commands.js');
const { microseconds } = require('../gate.js');
const { Holder } = require('./registry.js');

class Commanded {
  constructor(holder, rules) {
    Object.assign(this, { holder, rules });
    this.journal = new Journal(crypto.randomBytes(16), holder.who.gate);
  }

  async ready() {
    const { gate } = this.holder;
    await this.holder.first();
    await gate.ask('journal', this.journal.question(), 'ack');
    return this;
  }

  /** Takes the next command: judges it, writes down what became of it, and sends that up. */
  async next() {
    const { gate } = this.holder;
    const command = await gate.hear('command');
    const judged = this.rules.judge(command, microseconds());
    const outcome = judged === 'taken' ? 'done' : judged;
    const first = this.journal.entries.length + 1;
    const told = {
      nonce: command.nonce.toString('hex'), command: command.kind, argument: command.argument, actor: command.actor,
    };
    const signed = { issuer: command.keyId.toString('hex'), counter: command.counter };
    if (outcome === 'done') this.journal.append('command_taken', { ...told, ...signed });
    const challenge = outcome === 'unsure' ? { challenge: this.rules.challenge().toString('hex') } : {};
    this.journal.append('command_result', { ...told, outcome, text: '', ...challenge });
    const last = this.journal.entries.length;
    await gate.ask('journal', this.journal.batch(first), 'ack', ({ sequence }) => sequence === last);
    return { kind: command.kind, outcome };
  }
}

async function play(who, talk, count, rules) {
  const holder = await new Holder(who).connect();
  const commanded = await new Commanded(holder, rules).ready();
  await holder.gate.send('health', holder.gate.health());
  talk.say('ready');
  for (let i = 0; i < count; i += 1) talk.say('answered', await commanded.next());
  await talk.until('seen');
  holder.gate.link.disconnect();
}

/** The command cannot be handed over to the gate, which does not run: the device itself answers. */
async function undelivered(who, talk) {
  const { holder: { gate } } = await new Commanded(await new Holder(who).connect(), new CommandRules()).ready();
  talk.say('ready');
  const { nonce } = await gate.hear('command');
  await gate.send('command/result', {
    nonce, outcome: 'failed', at: microseconds(), stamp: gate.stamp(), text: 'the gate does not run',
  });
  await talk.until('seen');
  gate.link.disconnect();
}

const command = (who, talk) => play(who, talk, 1, new CommandRules());
/** Lift-then-lock, delivered the other way round, and one of them again. */
const order = (who, talk) => play(who, talk, 3, new CommandRules());
/** The clock is not set: the gate asks for a challenge of its own to be signed. */
const challenge = (who, talk) => play(who, talk, 2, new CommandRules({ clockIsSet: false }));

module.exports = { command, order, challenge, undelivered };
