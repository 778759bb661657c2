// The holder's key and the proof: what edge/credentials/own_pass/dynamic_pass.py reads.
"use strict";

globalThis.gatepostPass = (() => {
  const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const PASS_PREFIX = "GP1:";
  const PROOF_PREFIX = "GPD1:";
  const KEY_PREFIX = "GPK1:";
  const COSE_SIGN1 = 0xd2;
  const SIGN1 = 18;
  const [ISSUER, SUBJECT, CONFIRMATION, COSE_KEY, X, Y] = [1, 2, 8, 1, -2, -3];
  const CONTEXT = new TextEncoder().encode("Gatepost proof 1\0");
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

  function base45(bytes) {
    let text = "";
    for (let place = 0; place < bytes.length; place += 2) {
      const pair = place + 1 < bytes.length;
      let value = pair ? bytes[place] * 256 + bytes[place + 1] : bytes[place];
      for (let digit = 0; digit < (pair ? 3 : 2); digit++) {
        text += ALPHABET[value % 45];
        value = Math.floor(value / 45);
      }
    }
    return text;
  }

  function fromBase45(text) {
    const bytes = [];
    for (let place = 0; place < text.length; place += 3) {
      const digits = [...text.slice(place, place + 3)].map((character) => ALPHABET.indexOf(character));
      const value = digits.reduceRight((sum, digit) => sum * 45 + digit, 0);
      const most = digits.length === 3 ? 0xffff : 0xff;
      if (digits.length === 1 || digits.includes(-1) || value > most) throw new RangeError("not a pass");
      if (digits.length === 3) bytes.push(value >> 8);
      bytes.push(value & 0xff);
    }
    return Uint8Array.from(bytes);
  }

  // One item of CBOR (RFC 8949) at `place`, of the kinds that a pass has, and where it ends; throws RangeError.
  function cbor(bytes, place) {
    const head = byteAt(bytes, place);
    const [major, info] = [head >> 5, head & 31];
    place += 1;
    let number = info;
    if (info > 27) throw new RangeError("not a pass");
    if (info > 23) {
      number = 0;
      for (let width = 1 << (info - 24); width > 0; width--) number = number * 256 + byteAt(bytes, place++);
    }
    if (major === 0) return [number, place];
    if (major === 1) return [-1 - number, place];
    if (major === 2 || major === 3) {
      if (number > bytes.length - place) throw new RangeError("not a pass");
      const content = bytes.slice(place, place + number);
      return [major === 2 ? content : new TextDecoder("utf-8", { fatal: true }).decode(content), place + number];
    }
    if (major === 6) return number === SIGN1 ? cbor(bytes, place) : fail();
    if (major === 7) return [info === 21, place];
    const items = [];
    for (let left = major === 5 ? 2 * number : number; left > 0; left--) {
      const [item, end] = cbor(bytes, place);
      items.push(item);
      place = end;
    }
    if (major === 4) return [items, place];
    const pairs = new Map();
    for (let index = 0; index < items.length; index += 2) pairs.set(items[index], items[index + 1]);
    return [pairs, place];
  }

  function byteAt(bytes, place) {
    return place < bytes.length ? bytes[place] : fail();
  }

  function fail() {
    throw new RangeError("not a pass");
  }

  // What a pass says: its site, its subject, the holder's key (compressed point; null: it is bound to none).
  // Null where `text` is not a pass. Whether it is genuine is the gate's to judge, which has the site's key.
  function read(text) {
    try {
      if (!text.startsWith(PASS_PREFIX)) return null;
      const bytes = fromBase45(text.slice(PASS_PREFIX.length));
      const [message, end] = cbor(bytes, 0);
      const [claims] = cbor(message[2], 0);
      const [site, subject] = [claims.get(ISSUER), claims.get(SUBJECT)];
      if (bytes[0] !== COSE_SIGN1 || end !== bytes.length || message.length !== 4) return null;
      if (typeof site !== "string" || typeof subject !== "string") return null;
      const key = claims.has(CONFIRMATION) ? claims.get(CONFIRMATION).get(COSE_KEY) : null;
      return { site, subject, holder: key && concatenated(Uint8Array.of(key.get(Y) ? 3 : 2), key.get(X)) };
    } catch (error) {
      return null;
    }
  }

  const isPass = (text) => read(text) !== null;

  // A key that no script can read, not even this one.
  const makeKeys = () => crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);

  // The public key as a compressed point.
  async function compressed(publicKey) {
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
    return concatenated(Uint8Array.of(2 + (point[64] & 1)), point.subarray(1, 33));
  }

  // What the phone shows to be enrolled.
  const keyText = async (publicKey) => KEY_PREFIX + base45(await compressed(publicKey));

  // Whether what `read` gave is bound to `publicKey`.
  async function isFor(said, publicKey) {
    const key = await compressed(publicKey);
    return said.holder !== null && said.holder.length === key.length && said.holder.every((byte, at) => byte === key[at]);
  }

  // Of s and its negative, which is valid too, the lower: the gate takes no other.
  function withLowerS(signature) {
    const hex = [...signature.subarray(32)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const s = BigInt("0x" + hex);
    if (s <= ORDER / 2n) return signature;
    const lower = (ORDER - s).toString(16).padStart(64, "0");
    const result = Uint8Array.from(signature);
    for (let index = 0; index < 32; index++) {
      result[32 + index] = parseInt(lower.slice(2 * index, 2 * index + 2), 16);
    }
    return result;
  }

  function concatenated(...parts) {
    const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of parts) {
      result.set(part, place);
      place += part.length;
    }
    return result;
  }

  // The code to show at `seconds` since 1970.
  async function proof(passText, privateKey, seconds) {
    const pass = fromBase45(passText.slice(PASS_PREFIX.length));
    const time = new Uint8Array(5);
    for (let index = 4, rest = Math.floor(seconds); index >= 0; index--, rest = Math.floor(rest / 256)) {
      time[index] = rest % 256;
    }
    const signed = concatenated(CONTEXT, time, pass);
    const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, signed));
    return PROOF_PREFIX + base45(concatenated(time, withLowerS(signature), pass));
  }

  return { ALGORITHM, base45, fromBase45, isFor, isPass, keyText, makeKeys, proof, read };
})();
