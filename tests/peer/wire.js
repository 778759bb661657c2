// Envelope, topics and the messages that a gate hears: what docs/protocol.md says, no more.
'use strict';

const { CborError, decode, encode } = require('./cbor.js');
const { CoseError, sign1, verify1 } = require('./cose.js');
const { DOWN, Invalid, readStruct } = require('./schemas.js');

const VERSION = 1;
/** The most bytes that stand around a payload. */
const AROUND = 192;
const DEVICE = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const MAGIC = Buffer.from([...Buffer.from('GP'), VERSION]);

class Refused extends Error {
  constructor(code, text = '') {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

const context = (topic) => `gatepost wire ${VERSION} ${topic}`;

const sealMessage = (topic, fields, key) => Buffer.concat([MAGIC, sign1(encode(fields), key, context(topic))]);

/**
 * The fields of a message that a key of `ring(channel)` signed, that key's id, and the payload as it came.
 * Throws Refused with the first thing that is wrong.
 */
function openMessage(device, { topic, payload, retained = false }, ring, channels = DOWN) {
  const channel = channelOf(device, topic, channels);
  if (retained) throw new Refused('retained', topic);
  if (payload.length === 0) throw new Refused('empty', topic);
  if (payload.length > channel.most + AROUND) throw new Refused('too_large', `${payload.length} bytes`);
  if (payload[0] !== MAGIC[0] || payload[1] !== MAGIC[1]) throw new Refused('unreadable', 'not GP');
  if (payload[2] !== VERSION) throw new Refused('other_version', `version ${payload[2]}`);
  const { payload: said, keyId } = verified(payload.subarray(MAGIC.length), ring(channel), topic);
  return { ...fieldsOf(said, channel.schema), keyId, payload: said };
}

function channelOf(device, topic, channels) {
  const [way, addressee, ...rest] = topic.split('/');
  const channel = channels[rest.join('/')];
  const known = way === (channels === DOWN ? 'dn' : 'up') && DEVICE.test(addressee) && channel !== undefined;
  if (!known) throw new Refused('unknown_topic', topic);
  if (addressee !== device) throw new Refused('other_device', topic);
  return channel;
}

function verified(message, ring, topic) {
  try {
    return verify1(message, ring, context(topic));
  } catch (error) {
    if (error instanceof CoseError) throw new Refused(error.code, error.message);
    throw error;
  }
}

function fieldsOf(payload, schema) {
  try {
    return readStruct(decode(payload), schema);
  } catch (error) {
    if (error instanceof CborError || error instanceof Invalid) throw new Refused('invalid', error.message);
    throw error;
  }
}

/** A field of a message that nobody has verified yet; null where it is no message. */
function unverified(payload, name) {
  try {
    return decode(decode(payload.subarray(MAGIC.length), 18).value[2]).get(name) ?? null;
  } catch (error) {
    if (error instanceof CborError || error instanceof TypeError) return null;
    throw error;
  }
}

module.exports = { MAGIC, Refused, openMessage, sealMessage, unverified };
