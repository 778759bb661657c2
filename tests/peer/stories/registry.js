// The registry comes down: roots, manifest, snapshot or changes, urgent revocations, passes.
'use strict';

const assert = require('node:assert');

const { Gate, NOTHING_HELD, microseconds } = require('../gate.js');
const { sha256 } = require('../keys.js');
const { judge } = require('../pass.js');
const { Assembly, NotBelieved, Registry } = require('../registry.js');
const { unverified } = require('../wire.js');

const AT_ONCE = 4;

/** What central announced on this link, as signed bytes, in the order of the fingerprint. */
class Announced {
  constructor() {
    this.signed = new Map();
  }

  /** The lists are each signed by themselves: their announcement counts by its payload. */
  take(channel, { signed, payload }) {
    this.signed.set(channel, signed ?? payload);
    return this.signed.get(channel);
  }

  fingerprint() {
    const order = ['registry/root', 'registry/urgent', 'registry/lists', 'registry/manifest'];
    return sha256(...order.filter((name) => this.signed.has(name)).map((name) => sha256(this.signed.get(name))));
  }
}

class Holder {
  constructor(who) {
    this.who = who;
    this.registry = new Registry({ site: who.site, gate: who.gate, roots: who.roots, templateKey: who.templateKey });
    this.announced = new Announced();
  }

  async connect(options) {
    this.gate = await Gate.connect(this.who, options);
    this.gate.vouchedBy = (payload) => this.registry.keysIn(unverified(payload, 'signed') ?? Buffer.alloc(0));
    return this;
  }

  held() {
    const { version, roots, urgent } = this.registry;
    return {
      registry: version, root: roots.length, revocations: urgent?.number ?? 0, lists: {},
      fingerprint: this.announced.fingerprint(),
    };
  }

  /** The next of `channel` that central signed: not yet believed. */
  async told(channel) {
    return this.announced.take(channel, await this.gate.hear(channel));
  }

  async root() {
    const root = this.registry.takeRoots(await this.told('registry/root'));
    this.gate.believe(root);
    return root;
  }

  /**
   * The next manifest that is believed, of a newer version than the one held, and not of one before `least`: central
   * tells the version before for a moment after it published, and may have removed what it leads to.
   */
  async manifest() {
    for (;;) {
      const signed = await this.told('registry/manifest');
      while (this.gate.heard.get('registry/root').length > 0) await this.root();
      try {
        const manifest = this.registry.manifestOf(signed, microseconds());
        if (manifest.version > this.registry.version && manifest.version >= this.who.least) return manifest;
      } catch (error) {
        if (!(error instanceof NotBelieved)) throw error;
      }
    }
  }

  /** Fetches what `manifest` leads to, and puts it in force. Says what it fetched. */
  async fetch(manifest) {
    const { kind, blob } = this.registry.wanted(manifest);
    this.registry.install(manifest, kind, await this.object(blob));
    return kind;
  }

  /** The whole object of a blob, asked for a few chunks at once. */
  async object(blob) {
    const assembly = new Assembly(blob);
    while (assembly.missing.length > 0) {
      const chunks = assembly.missing.slice(0, AT_ONCE);
      await this.gate.send('registry/want', { object: blob.sha256, chunks, held: this.registry.version });
      while (chunks.some((index) => !assembly.chunks.has(index))) {
        assert(assembly.take(await this.gate.hear('registry/chunk')), 'a chunk that was asked for, and genuine');
      }
    }
    this.chunks = assembly.hashes.length;
    return assembly.whole();
  }

  /** From nothing to the newest registry that central has. */
  async first() {
    await this.gate.hello(NOTHING_HELD);
    await this.root();
    const manifest = await this.manifest();
    for (const message of this.gate.heard.get('registry/urgent').splice(0)) {
      this.registry.takeUrgent(this.announced.take('registry/urgent', message));
    }
    for (const message of this.gate.heard.get('registry/lists').splice(0)) {
      this.announced.take('registry/lists', message);
    }
    return this.fetch(manifest);
  }

  /** Waits for a list of urgent revocations that is newer than the one held. */
  async urgent() {
    const before = this.registry.urgent?.number ?? 0;
    while (this.registry.takeUrgent(await this.told('registry/urgent')).number <= before) { /* told before */ }
  }

  /** Health says what is held, but for the fingerprint. */
  sayHealth() {
    const { fingerprint: _, ...held } = this.held();
    return this.gate.send('health', this.gate.health('online', { held }));
  }

  report(kind) {
    const { registry } = this;
    return {
      kind, chunks: this.chunks, version: registry.version, root: registry.roots.length,
      subjects: [...registry.subjects().keys()],
      lengths: registry.templates().map((vector) => Math.hypot(...vector)), policy: registry.policy(),
    };
  }
}

async function snapshot(who, talk) {
  const holder = await new Holder(who).connect();
  talk.say('held', holder.report(await holder.first()));
  await holder.sayHealth();
  talk.say('reported');
  await talk.until('seen');
  holder.gate.link.disconnect();
}

/** A new version is announced on the open link, and comes as changes. */
async function changes(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.first();
  await holder.sayHealth();
  talk.say('held', holder.report('snapshot'));
  await talk.until('published');
  talk.say('held', holder.report(await holder.fetch(await holder.manifest())));
  holder.gate.link.disconnect();
}

/** Somebody is taken out at once, before any version is published. */
async function revocations(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.first();
  talk.say('held', holder.report('snapshot'));
  await talk.until('revoked');
  await holder.urgent();
  talk.say('held', holder.report('urgent'));
  holder.gate.link.disconnect();
}

/** The keys change twice: the newest root is believed by the chain, and the old key no more. */
async function rotation(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.first();
  const [old, before] = [holder.announced.signed.get('registry/manifest'), holder.registry.root.version];
  talk.say('held', holder.report('snapshot'));
  await talk.until('rotated');
  while ((await holder.root()).version < before + 2) { /* one comes after the other */ }
  const manifest = await holder.manifest();
  assert.throws(() => holder.registry.manifestOf(old, microseconds()), NotBelieved);
  talk.say('held', holder.report(await holder.fetch(manifest)));
  holder.gate.link.disconnect();
}

/** Central has another key than the one that this gate was installed with: the root says so. */
async function rekeyed(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.gate.sayHello(NOTHING_HELD);
  await holder.root();
  talk.say('refused', { refused: holder.gate.refused.map(({ channel, code }) => [channel, code]) });
  talk.say('welcome', await holder.gate.hello(holder.held()));
  holder.gate.link.disconnect();
}

/** A gate that holds the newest is told nothing again. */
async function newest(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.first();
  holder.gate.link.disconnect();
  await holder.connect({ epoch: holder.gate.epoch + 1 });
  await holder.gate.hello(holder.held());
  await holder.gate.hello(holder.held());
  const again = ['registry/root', 'registry/manifest', 'registry/urgent'].filter(
    (channel) => holder.gate.heard.get(channel).length > 0,
  );
  talk.say('again', { again });
  holder.gate.link.disconnect();
}

/** A pass is judged by the keys, and the list of revoked ones, that came with the registry. */
async function pass(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.first();
  const trust = { ...holder.registry.passTrust(), site: who.site, now: Math.floor(Date.now() / 1000) };
  talk.say('judged', { passes: who.passes.map((text) => judge(text, trust)) });
  holder.gate.link.disconnect();
}

module.exports = { snapshot, changes, revocations, rotation, rekeyed, newest, pass, Holder };
