// A gate's side of one link: it says hello, asks, and believes what central signed.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');

const { keyRing, secretKey, sha256 } = require('./keys.js');
const mqtt = require('./mqtt.js');
const { DOWN } = require('./schemas.js');
const { Refused, openMessage, sealMessage } = require('./wire.js');

const PATIENT = 60_000;
const LARGEST_PACKET = 270_000;
const SOFTWARE = 'peer 1';
const SPEAKS = [1];
const SCHEMA = 1;

const microseconds = () => Date.now() * 1000;
const nonce = () => crypto.randomBytes(16);
const NOTHING_HELD = { registry: 0, root: 0, revocations: 0, lists: {}, fingerprint: Buffer.alloc(0) };

/** Who a gate is, and whom it believes: what the test wrote down of it. */
function identityOf(said) {
  const hex = (text) => Buffer.from(text, 'hex');
  return {
    ...said,
    address: {
      host: said.host, port: said.port, ca: fs.readFileSync(said.ca),
      certificate: fs.readFileSync(said.certificate), key: fs.readFileSync(said.key),
    },
    secret: secretKey(hex(said.secret)),
    central: keyRing(said.central.map(hex)),
    command: keyRing([]),
    roots: said.roots.map(hex),
    templateKey: hex(said.templateKey),
    started: microseconds(),
  };
}

class Gate {
  /** `epoch` numbers this link; it is greater than that of any before. */
  constructor(who, epoch) {
    this.who = who;
    this.epoch = epoch;
    this.counter = 0;
    this.heard = new Map(Object.keys(DOWN).map((channel) => [channel, []]));
    this.refused = [];
    this.wakers = new Set();
    this.vouchedBy = () => [];
  }

  static async connect(who, { epoch = microseconds(), will = true } = {}) {
    const gate = new Gate(who, epoch);
    gate.link = await mqtt.connect(who.address, {
      clientId: who.device,
      username: '',
      keepalive: 20,
      largest: LARGEST_PACKET,
      will: will ? gate.#will() : undefined,
    });
    gate.link.on('message', (message) => gate.#take(message));
    gate.link.on('end', () => gate.#wake());
    const granted = await gate.link.subscribe(`dn/${who.device}/#`);
    if (granted > 1) throw new Error(`not granted: 0x${granted.toString(16)}`);
    return gate;
  }

  topic(channel) {
    return `up/${this.who.device}/${channel}`;
  }

  stamp() {
    this.counter += 1;
    return [this.epoch, this.counter];
  }

  /** What `send` sends; the bytes, to send them again. */
  seal(channel, fields, key = this.who.secret) {
    return sealMessage(this.topic(channel), fields, key);
  }

  async send(channel, fields) {
    return this.sendBytes(channel, this.seal(channel, fields));
  }

  async sendBytes(channel, bytes) {
    await this.link.publish(this.topic(channel), bytes);
    return bytes;
  }

  /** The first message on `channel` that is `wanted`; those before it are dropped. */
  async hear(channel, wanted = () => true, patience = PATIENT) {
    const until = Date.now() + patience;
    for (;;) {
      const queue = this.heard.get(channel);
      while (queue.length > 0) {
        const message = queue.shift();
        if (wanted(message)) return message;
      }
      await this.#news(until, channel);
    }
  }

  /** Sends, and waits for what answers it. */
  async ask(channel, fields, answer, wanted) {
    await this.send(channel, fields);
    return this.hear(answer, wanted);
  }

  async sayHello(held, more = {}) {
    const asked = {
      nonce: nonce(), stamp: this.stamp(), speaks: SPEAKS, schema: SCHEMA, software: SOFTWARE,
      started: this.who.started, held, ...more,
    };
    await this.send('hello', asked);
    return asked.nonce;
  }

  /** Says hello, and waits for the welcome. */
  async hello(held = NOTHING_HELD, more = {}) {
    const asked = await this.sayHello(held, more);
    return this.hear('hello', (welcome) => welcome.nonce.equals(asked));
  }

  /** What central refuses of `bytes`, as it says itself. */
  async refusalOf(channel, bytes) {
    await this.sendBytes(channel, bytes);
    const digest = sha256(bytes);
    return this.hear('refusal', (refusal) => refusal.digest.equals(digest));
  }

  health(state = 'online', more = {}) {
    return {
      state, at: microseconds(), stamp: this.stamp(), software: SOFTWARE, started: this.who.started, ...more,
    };
  }

  /** From now on the keys count that the newest root names: central's too, where it names some. */
  believe(root) {
    this.who.command = keyRing(root.command_keys);
    if (root.acknowledgement_keys.length > 0) this.who.central = keyRing(root.acknowledgement_keys);
  }

  #will() {
    const health = { ...this.health('gone'), stamp: [this.epoch, 0] };
    this.counter = 0;
    return { topic: this.topic('health'), payload: this.seal('health', health) };
  }

  #take(message) {
    const channel = message.topic.split('/').slice(2).join('/');
    try {
      this.heard.get(channel).push(openMessage(this.who.device, message, (entry) => this.#ring(entry, message)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused.push({ channel, code: error.code, digest: sha256(message.payload) });
    }
    this.#wake();
  }

  /** Whose signature counts. A root may bring the key of who brings it. */
  #ring({ signer, isRoot }, { payload }) {
    if (signer === 'command') return this.who.command;
    return isRoot ? new Map([...this.who.central, ...keyRing(this.vouchedBy(payload))]) : this.who.central;
  }

  #wake() {
    for (const waker of this.wakers) waker();
    this.wakers.clear();
  }

  #news(until, what) {
    if (this.link.ended !== null) throw new Error(`waiting for ${what}: ${this.link.ended}`);
    return new Promise((resolve, reject) => {
      const refused = JSON.stringify(this.refused);
      const late = () => reject(new Error(`nothing that was wanted on ${what}; refused: ${refused}`));
      const timer = setTimeout(late, until - Date.now());
      this.wakers.add(() => { clearTimeout(timer); resolve(); });
    });
  }
}

module.exports = { Gate, NOTHING_HELD, identityOf, microseconds, nonce };
