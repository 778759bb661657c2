// The holder's key and the proof: what edge/credentials/dynamic_pass.py reads.
"use strict";

globalThis.gatepostPass = (() => {
  const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const PASS_PREFIX = "GP1:";
  const PROOF_PREFIX = "GPD1:";
  const KEY_PREFIX = "GPK1:";
  const COSE_SIGN1 = 0xd2;
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

  // Whether `text` looks like a pass: the gate judges it, this only keeps out what was pasted by mistake.
  function isPass(text) {
    try {
      const bytes = fromBase45(text.slice(PASS_PREFIX.length));
      return text.startsWith(PASS_PREFIX) && bytes.length > 80 && bytes[0] === COSE_SIGN1;
    } catch (error) {
      return false;
    }
  }

  // A key that no script can read, not even this one.
  const makeKeys = () => crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);

  // What the phone shows to be enrolled: the public key as a compressed point.
  async function keyText(publicKey) {
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
    const compressed = new Uint8Array(33);
    compressed[0] = 2 + (point[64] & 1);
    compressed.set(point.subarray(1, 33), 1);
    return KEY_PREFIX + base45(compressed);
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

  return { ALGORITHM, base45, fromBase45, isPass, keyText, makeKeys, proof };
})();
