// Which commands a gate takes: each once, in the order of its key's counter, in time or by a challenge.
'use strict';

const crypto = require('node:crypto');

const TOLERANCE = 30_000_000;
const LONGEST = 300_000_000;
const MODES = ['face', 'code', 'face_or_code', 'face_and_code', 'staffed', 'free', 'locked', 'policy'];
const HOLD = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z) [^\s]/;
const LONGEST_HOLD = 24 * 3600 * 1_000_000;
const ARGUMENT = {
  hold_entries: (text, issued) => holdsFor(text, issued) > 0 && holdsFor(text, issued) <= LONGEST_HOLD,
  set_mode: (text) => MODES.includes(text),
  reset_lane: (text) => text !== '',
  take_update: (text) => text !== '',
};
const NO_ARGUMENT = (text) => text === '';

/** For how many microseconds entries would be held; NaN where it says no such time (a 31st of February, say). */
function holdsFor(text, issued) {
  const said = HOLD.exec(text)?.[1];
  const until = Date.parse(said);
  const isThere = !Number.isNaN(until) && new Date(until).toISOString() === said.replace('Z', '.000Z');
  return isThere ? until * 1000 - issued : NaN;
}

/** What a gate knows of commands: the nonces, the highest counter of each key, and the challenge that is out. */
class CommandRules {
  constructor({ clockIsSet = true, newChallenge = () => crypto.randomBytes(16) } = {}) {
    Object.assign(this, { clockIsSet, newChallenge, nonces: new Set(), counters: new Map(), out: null });
  }

  /** `taken`, or the outcome that it is refused with. */
  judge(command, now) {
    const [used, issuer] = [command.nonce.toString('hex'), command.keyId.toString('hex')];
    if (this.nonces.has(used)) return 'repeated';
    if (command.counter <= (this.counters.get(issuer) ?? 0)) return 'older';
    const refused = command.challenge === null ? this.#refusedByTime(command, now) : this.#refusedByChallenge(command);
    if (refused !== null) return refused;
    if (!(ARGUMENT[command.kind] ?? NO_ARGUMENT)(command.argument, command.issued)) return 'unknown';
    this.nonces.add(used);
    this.counters.set(issuer, command.counter);
    return 'taken';
  }

  /** For whom time tells nothing: 16 random bytes to be signed, the same for all until one command has used them. */
  challenge() {
    this.out ??= this.newChallenge();
    return this.out;
  }

  #refusedByTime({ issued, expires }, now) {
    if (!this.clockIsSet) return 'unsure';
    const lasts = expires - issued;
    const holds = lasts > 0 && lasts <= LONGEST && issued <= now + TOLERANCE && now < expires + TOLERANCE;
    return holds ? null : 'late';
  }

  #refusedByChallenge({ challenge }) {
    const isOut = this.out !== null && this.out.equals(challenge);
    if (isOut) this.out = null;
    return isOut ? null : 'unsure';
  }
}

module.exports = { CommandRules };
