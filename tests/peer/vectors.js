// node vectors.js FOLDER: holds every file of docs/vectors against this implementation; exits with 1 where one differs.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

const { decode, encode, real } = require('./cbor.js');
const { Chain, Stamps } = require('./centre.js');
const { CommandRules } = require('./commands.js');
const { sign1 } = require('./cose.js');
const { keyRing, secretKey, sha256 } = require('./keys.js');
const { judge } = require('./pass.js');
const { UP, isReal, isTime } = require('./schemas.js');
const { openMessage } = require('./wire.js');
const files = require('./files.js');

const hex = (text) => Buffer.from(text, 'hex');

/** The value that a vector's JSON stands for. */
function valueOf(json) {
  if (Array.isArray(json)) return json.map(valueOf);
  if (json === null || typeof json !== 'object') return json;
  if ('$hex' in json) return hex(json.$hex);
  if ('$int' in json) return BigInt(json.$int);
  if ('$map' in json) return new Map(json.$map.map(([key, value]) => [valueOf(key), valueOf(value)]));
  return new Map(Object.entries(json).map(([key, value]) => [key, valueOf(value)]));
}

const same = (bytes, text) => assert.equal(bytes.toString('hex'), text);

function bothWays(json, text) {
  same(encode(valueOf(json)), text);
  same(encode(decode(hex(text))), text);
}

function isSigned(key, topic, value, message) {
  same(sign1(encode(valueOf(value)), key, `gatepost wire 1 ${topic}`), message.slice(6));
}

/** Answers as the vectors write them: bytes in hexadecimal, every number alike. */
function inJson(answer) {
  const plain = (_, value) => {
    if (value?.type === 'Buffer') return Buffer.from(value.data).toString('hex');
    return typeof value === 'bigint' ? Number(value) : value;
  };
  return JSON.parse(JSON.stringify(answer, plain));
}

function codeOf(action) {
  try {
    action();
    return 'taken';
  } catch (error) {
    if (error.code === undefined || error instanceof assert.AssertionError) throw error;
    return error.code;
  }
}

/** What is checked of each file: pairs of a name and a check. */
const FILES = {
  * values({ values, reals, refused, refused_reals: noReals, refused_times: noTimes }) {
    for (const { name, value, bytes } of values) yield [name, () => bothWays(value, bytes)];
    for (const { real: text, bytes } of reals) yield [text, () => same(encode(real(Number(text))), bytes)];
    for (const { name, bytes } of refused) yield [name, () => assert.throws(() => decode(hex(bytes)))];
    for (const { name, bytes } of noReals) yield [name, () => assert(!isReal(decode(hex(bytes))))];
    for (const { name, value, bytes } of noTimes) {
      yield [name, () => { bothWays(value, bytes); assert(!isTime(decode(hex(bytes)))); }];
    }
  },

  * messages({ device, secret, messages }) {
    const key = secretKey(hex(secret));
    const ring = keyRing([key.raw]);
    for (const { name, topic, value, payload, message, sha256: digest } of messages) {
      yield [name, () => {
        bothWays(value, payload);
        same(sign1(hex(payload), key, `gatepost wire 1 ${topic}`), message.slice(6));
        same(sha256(hex(message)), digest);
        if (topic.startsWith('dn/')) openMessage(device, { topic, payload: hex(message) }, () => ring);
      }];
    }
  },

  * refusals({ device, public: raw, messages }) {
    const ring = keyRing([hex(raw)]);
    for (const { name, topic, message, retained = false, expect } of messages) {
      yield [name, () => {
        const channels = topic.startsWith('up/') ? UP : undefined;
        const open = () => openMessage(device, { topic, payload: hex(message), retained }, () => ring, channels);
        assert.equal(codeOf(open), expect);
      }];
    }
  },

  * journal({ device, secret, events, bodies, stories }) {
    const key = secretKey(hex(secret));
    for (const { sequence, hashed, hash } of events) {
      yield [`event ${sequence}`, () => { same(encode(decode(hex(hashed))), hashed); same(sha256(hex(hashed)), hash); }];
    }
    for (const { name, value, body } of bodies) yield [name, () => bothWays(value, body)];
    for (const { name, steps } of stories) {
      yield [name, () => {
        const chain = new Chain();
        for (const { topic, value, message, expect } of steps) {
          assert.equal(topic, `up/${device}/journal`);
          isSigned(key, topic, value, message);
          assert.deepEqual(inJson(chain.hear(valueOf(value))), inJson(expect));
        }
      }];
    }
  },

  * stamps({ secret, stories }) {
    const key = secretKey(hex(secret));
    for (const { name, steps } of stories) {
      yield [name, () => {
        const stamps = new Stamps();
        for (const { topic, value, message, expect } of steps) {
          isSigned(key, topic, value, message);
          assert.deepEqual(stamps.hear(topic, valueOf(value)), expect);
        }
      }];
    }
  },

  * commands({ device, public: raws, challenge, stories }) {
    const ring = keyRing(raws.map(hex));
    for (const { name, steps } of stories) {
      yield [name, () => {
        const rules = new CommandRules({ newChallenge: () => hex(challenge) });
        for (const { at, trust, topic, message, expect } of steps) {
          rules.clockIsSet = trust !== 'untrusted';
          let answer;
          const refused = codeOf(() => {
            answer = rules.judge(openMessage(device, { topic, payload: hex(message) }, () => ring), at);
          });
          if (answer === 'unsure') rules.challenge();
          assert.equal(answer ?? refused, expect);
        }
      }];
    }
  },

  * registry(told) {
    for (const { signed, value, payload } of told.roots) {
      yield ['root', () => files.rootIs(hex(signed), valueOf(value), payload)];
    }
    for (const version of told.versions) yield [`version ${version.version}`, () => files.versionIs(told, version)];
    yield ['urgent revocations', () => files.urgentIs(told)];
    for (const { typed, opens } of told.numbers) {
      yield [`number ${typed}`, () => files.numberIs(told, typed, opens === null ? null : valueOf(opens))];
    }
    for (const item of told.refused) {
      yield [item.name, () => assert.equal(codeOf(() => files.takeFile(told, item)), item.expect)];
    }
  },

  * passes({ public: raw, passes, refused }) {
    const keys = keyRing([hex(raw)]);
    for (const { name, text, claims } of passes) {
      const said = valueOf(claims);
      yield [name, () => {
        const { verdict, id, subject } = judge(text, { keys, site: said.get(1), now: said.get(5) ?? said.get(6) });
        assert.deepEqual([verdict, id, subject], ['genuine', said.get(7).toString('hex'), said.get(2)]);
      }];
    }
    for (const { name, text } of refused) {
      const trust = { keys, site: 'green-court', now: 1772496000 };
      yield [name, () => assert.notEqual(judge(text, trust).verdict, 'genuine')];
    }
  },
};

function main(folder) {
  const failures = [];
  let count = 0;
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.json')).sort()) {
    const checks = FILES[path.basename(file, '.json')];
    if (checks === undefined) { failures.push(`${file}: nothing reads it`); continue; }
    for (const [name, check] of checks(JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')))) {
      count += 1;
      try {
        check();
      } catch (error) {
        failures.push(`${file}: ${name}: ${error.stack}`);
      }
    }
  }
  process.stdout.write([...failures, `${count} vectors, ${failures.length} differ`, ''].join('\n'));
  return failures.length === 0 && count > 0 ? 0 : 1;
}

process.exit(main(process.argv[2] ?? path.join(__dirname, '../../docs/vectors')));
