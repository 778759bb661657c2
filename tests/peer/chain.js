// A gate's journal: a chain of hashed events in memory, and the batches in which it goes up.
'use strict';

const { encode, real } = require('./cbor.js');
const { sha256 } = require('./keys.js');

const START = Buffer.alloc(32);
const MOST_ROWS = 100;

const microseconds = () => Date.now() * 1000;

const hashOf = (epoch, gate, entry) => sha256(encode([
  'gatepost-journal-1', epoch, gate, entry.sequence, entry.at, entry.trust, entry.monotonic, entry.kind, entry.body,
  entry.previous,
]));

class Journal {
  constructor(epoch, gate, { first = 1, now = microseconds, ...same } = {}) {
    Object.assign(this, { epoch: same.epoch ?? epoch, gate, first, now, entries: [] });
  }

  append(kind, content) {
    const last = this.entries[this.entries.length - 1];
    const entry = {
      sequence: this.first + this.entries.length,
      at: this.now(),
      trust: 'trusted',
      monotonic: real(performance.now() / 1000),
      kind,
      body: encode(content),
      previous: last?.hash ?? START,
    };
    entry.hash = hashOf(this.epoch, this.gate, entry);
    this.entries.push(entry);
    return entry;
  }

  /** The same journal with its first `count` events: what a copied card holds. */
  copied(count) {
    const copy = new Journal(this.epoch, this.gate, { now: this.now });
    copy.entries = this.entries.slice(0, count);
    return copy;
  }

  /** The events from `first` on, at most `count`; what lies between `after` and them is declared lost. */
  batch(first, { count = MOST_ROWS, after = first - 1 } = {}) {
    const from = first - this.first;
    const taken = this.entries.slice(from, from + count);
    return {
      epoch: this.epoch, gate: this.gate, first, after, previous: taken[0].previous,
      rows: taken.map(({ at, trust, monotonic, kind, body }) => [at, trust, monotonic, kind, body]),
      hash: taken[taken.length - 1].hash,
    };
  }

  /** The question what central has of this epoch. */
  question() {
    return { epoch: this.epoch, gate: this.gate, first: 1, after: 0, previous: START, rows: [], hash: START };
  }

  /** Whether an acknowledgement is of an event that this journal holds: then, and only then, it may prune. */
  covers({ epoch, sequence, hash }) {
    if (!epoch.equals(this.epoch)) return false;
    return sequence === 0 ? hash.equals(START) : (this.entries[sequence - this.first]?.hash.equals(hash) ?? false);
  }
}

module.exports = { Journal, START, hashOf };
