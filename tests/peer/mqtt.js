// A client of MQTT 5 (OASIS, 2019): what a gate needs of it, over TLS 1.3 or plain TCP.
//
// QoS 1 both ways, clean start, no session after the link, no topic aliases.
'use strict';

const { EventEmitter, once } = require('node:events');
const net = require('node:net');
const tls = require('node:tls');

const CONNECT = 1, CONNACK = 2, PUBLISH = 3, PUBACK = 4, SUBSCRIBE = 8, SUBACK = 9;
const PINGREQ = 12, PINGRESP = 13, DISCONNECT = 14;

const SESSION_EXPIRY = 0x11;
const MAXIMUM_PACKET = 0x27;

const uint16 = (number) => Buffer.from([number >> 8, number & 255]);
const uint32 = (number) => Buffer.concat([uint16(number >>> 16), uint16(number & 0xffff)]);
const binary = (bytes) => Buffer.concat([uint16(bytes.length), bytes]);
const text = (string) => binary(Buffer.from(string));

function variable(number) {
  const out = [];
  let left = number;
  do {
    out.push((left % 128) | (left >= 128 ? 128 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.from(out);
}

function readVariable(bytes, at) {
  let [value, factor] = [0, 1];
  for (let i = 0; i < 4; i += 1) {
    if (at + i >= bytes.length) return null;
    value += (bytes[at + i] & 127) * factor;
    if (bytes[at + i] < 128) return { value, end: at + i + 1 };
    factor *= 128;
  }
  throw new Error('MQTT: a length of more than four bytes');
}

const packet = (type, flags, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(type << 4) | flags]), variable(body.length), body]);
};

function connectPacket({ clientId, username, keepalive, largest, will }) {
  const properties = Buffer.concat([
    Buffer.from([SESSION_EXPIRY]), uint32(0), Buffer.from([MAXIMUM_PACKET]), uint32(largest),
  ]);
  const flags = 0x02 | (will ? 0x04 | 0x08 : 0) | (username ? 0x80 : 0);
  return packet(
    CONNECT, 0, text('MQTT'), Buffer.from([5, flags]), uint16(keepalive), variable(properties.length), properties,
    text(clientId),
    ...(will ? [variable(0), text(will.topic), binary(will.payload)] : []),
    ...(username ? [text(username)] : []),
  );
}

/** Emits `message` ({topic, payload, retained}) and `end` (why); `published` and `subscribe` wait for the broker. */
class MqttLink extends EventEmitter {
  constructor(socket) {
    super();
    this.socket = socket;
    this.left = Buffer.alloc(0);
    this.next = 0;
    this.waiting = new Map();
    this.sent = 0;
    this.ended = null;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the broker closed the connection'));
  }

  write(bytes) {
    this.sent += bytes.length;
    this.socket.write(bytes);
  }

  subscribe(filter) {
    return this.#ask(SUBSCRIBE, 2, [variable(0), text(filter), Buffer.from([1])]);
  }

  /** Resolves to the reason code of the broker's PUBACK. */
  publish(topic, payload, { retain = false } = {}) {
    return this.#ask(PUBLISH, 2 | (retain ? 1 : 0), [variable(0), payload], [text(topic)]);
  }

  #ask(type, flags, after, before = []) {
    this.next = (this.next % 65535) + 1;
    const id = this.next;
    return new Promise((resolve, reject) => {
      if (this.ended !== null) reject(new Error(this.ended));
      this.waiting.set(id, { resolve, reject });
      this.write(packet(type, flags, ...before, uint16(id), ...after));
    });
  }

  /** Leaves in order: no will is sent. */
  disconnect() {
    clearInterval(this.pinging);
    this.socket.end(packet(DISCONNECT, 0));
  }

  /** Breaks off as a cut cable does: the broker sends the will. */
  drop() {
    clearInterval(this.pinging);
    this.socket.destroy();
  }

  #take(bytes) {
    this.left = Buffer.concat([this.left, bytes]);
    for (;;) {
      const length = this.left.length > 1 ? readVariable(this.left, 1) : null;
      if (length === null || this.left.length < length.end + length.value) return;
      const [first, body] = [this.left[0], this.left.subarray(length.end, length.end + length.value)];
      this.left = this.left.subarray(length.end + length.value);
      this.#packet(first >> 4, first & 15, body);
    }
  }

  #packet(type, flags, body) {
    switch (type) {
      case CONNACK: return this.emit('connack', body[1]);
      case PUBLISH: return this.#published(flags, body);
      case PUBACK: return this.#answered(body.readUInt16BE(0), body.length > 2 ? body[2] : 0);
      case SUBACK: return this.#answered(body.readUInt16BE(0), body[body.length - 1]);
      case PINGRESP: return this.emit('pong');
      case DISCONNECT: return this.#end(`the broker ended the link: 0x${(body[0] ?? 0).toString(16)}`);
      default: return this.#end(`MQTT: packet of type ${type}`);
    }
  }

  #published(flags, body) {
    const name = body.readUInt16BE(0);
    let at = 2 + name;
    const qos = (flags >> 1) & 3;
    const id = qos > 0 ? body.subarray(at, at + 2) : null;
    at += qos > 0 ? 2 : 0;
    const properties = readVariable(body, at);
    const payload = Buffer.from(body.subarray(properties.end + properties.value));
    if (id !== null) this.write(packet(PUBACK, 0, id));
    this.emit('message', { topic: body.toString('utf8', 2, 2 + name), payload, retained: (flags & 1) === 1 });
  }

  #answered(id, reason) {
    this.waiting.get(id)?.resolve(reason);
    this.waiting.delete(id);
  }

  #end(why) {
    if (this.ended !== null) return;
    this.ended = why;
    clearInterval(this.pinging);
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
    this.emit('end', why);
  }
}

async function openSocket({ host, port, ca, certificate, key }) {
  if (ca === undefined) {
    const socket = net.connect({ host, port });
    await once(socket, 'connect');
    return socket;
  }
  const socket = tls.connect({ host, port, ca, cert: certificate, key, minVersion: 'TLSv1.3' });
  await once(socket, 'secureConnect');
  return socket;
}

/** A link that the broker has accepted. Throws with the reason code that it refused with. */
async function connect(address, options) {
  const socket = await openSocket(address);
  socket.setNoDelay(true);
  const link = new MqttLink(socket);
  const accepted = Promise.race([
    once(link, 'connack').then(([reason]) => (reason === 0 ? null : `the broker refuses: 0x${reason.toString(16)}`)),
    once(link, 'end').then(([why]) => why),
  ]);
  link.write(connectPacket(options));
  const refused = await accepted;
  if (refused !== null) throw new Error(refused);
  link.pinging = setInterval(() => link.write(packet(PINGREQ, 0)), 1000 * options.keepalive);
  return link;
}

module.exports = { connect };
