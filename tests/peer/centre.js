// What a centre has to make of journals and stamps, as docs/protocol.md says: for the vectors' stories.
'use strict';

const { START, hashOf } = require('./chain.js');

const REACH = 2n ** 24n;
const FIRST_REACH = 2n ** 32n;
const LATEST = 253370764799999999n;
const LAST = 2n ** 63n - 1n;

/** One epoch of a gate's journal: events by their sequence, what was declared lost, how far all of it is there. */
class Chain {
  constructor() {
    Object.assign(this, { hashes: new Map(), lost: [], highest: 0n, prefix: 0n });
  }

  /** Says what is answered to a batch: {refusal} or {acknowledgement}, and the findings that are new. */
  hear(batch) {
    const rows = rowsOf(batch);
    const [first, after] = [BigInt(batch.get('first')), BigInt(batch.get('after'))];
    const last = first + BigInt(rows.length) - 1n;
    if (rows.length > 0 && !canBe(batch, first, after, last)) return { refusal: 'invalid', findings: [] };
    if (rows.length > 0 && !rows[rows.length - 1].equals(batch.get('hash'))) {
      return { refusal: 'altered', findings: [['altered', first, last]] };
    }
    if (first > (this.highest > 0n ? this.highest + REACH : FIRST_REACH)) return { refusal: 'unreachable', findings: [['unreadable', 0n, 0n]] };
    const findings = [...this.#declareLost(after + 1n, first - 1n), ...this.#store(rows, first)];
    this.#follow();
    return { acknowledgement: { sequence: this.prefix, hash: this.hashes.get(this.prefix) ?? START }, findings };
  }

  #declareLost(from, to) {
    if (from > to) return [];
    this.lost.push([from, to]);
    return [['missing', from, to]];
  }

  /** Stores each event once. Of two under one sequence the first stays; where they part, that is a fork. */
  #store(rows, first) {
    const forked = rows.findIndex((hash, index) => {
      const sequence = first + BigInt(index);
      if (!this.hashes.has(sequence)) this.hashes.set(sequence, hash);
      if (sequence > this.highest) this.highest = sequence;
      return !this.hashes.get(sequence).equals(hash);
    });
    return forked < 0 ? [] : [['forked', first + BigInt(forked), first + BigInt(forked)]];
  }

  #follow() {
    for (;;) {
      const next = this.prefix + 1n;
      const lost = this.lost.find(([from, to]) => from <= next && next <= to);
      if (this.hashes.has(next)) this.prefix = next;
      else if (lost !== undefined && this.hashes.has(lost[1] + 1n)) this.prefix = lost[1] + 1n;
      else return;
    }
  }
}

function canBe(batch, first, after, last) {
  return after < first && last < LAST && (first > 1n || batch.get('previous').equals(START));
}

/** The hash of each row, from what the batch names as its predecessor's on. */
function rowsOf(batch) {
  let previous = batch.get('previous');
  return batch.get('rows').map(([at, trust, monotonic, kind, body], index) => {
    const sequence = BigInt(batch.get('first')) + BigInt(index);
    previous = hashOf(batch.get('epoch'), batch.get('gate'), { sequence, at, trust, monotonic, kind, body, previous });
    return previous;
  });
}

/** Of one device: the highest stamp on each topic, and the newest of its links. */
class Stamps {
  constructor() {
    Object.assign(this, { highest: new Map(), link: 0, state: '' });
  }

  /** Says what becomes of a hello or a health: the code of a refusal, the epoch in the welcome, the state believed. */
  hear(topic, message) {
    const [epoch, counter] = message.get('stamp');
    const before = this.link;
    const isWill = counter === 0;
    const refusal = isWill ? null : this.#stamped(topic, epoch, counter);
    const counts = isWill ? epoch === this.link : refusal === null;
    if (message.has('state') && counts) this.state = message.get('state');
    return { refusal, welcome: message.has('state') ? null : before, state: this.state };
  }

  #stamped(topic, epoch, counter) {
    const [link, highest] = this.highest.get(topic) ?? [0, 0];
    const newest = BigInt(this.link) > LATEST ? BigInt(this.link) : LATEST;
    if (BigInt(epoch) > newest + REACH) return 'older';
    if (epoch < this.link || epoch < link || (epoch === link && counter <= highest)) return 'older';
    this.highest.set(topic, [epoch, counter]);
    this.link = epoch;
    return null;
  }
}

module.exports = { Chain, Stamps };
