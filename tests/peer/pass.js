// Gatepost's own pass: base45 (RFC 9285) around a COSE_Sign1 around a CBOR Web Token (RFC 8392); docs/passes.md.
'use strict';

const { CborError, decode } = require('./cbor.js');
const { CoseError, verify1 } = require('./cose.js');
const { isBytes, isCount, isList, isText } = require('./schemas.js');

const PREFIX = 'GP1:';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const [SITE, SUBJECT, EXPIRES, NOT_BEFORE, ISSUED, ID, HOLDER, OWN] = [1, 2, 4, 5, 6, 7, 8, -65537];
const [KIND, GATES, ONCE, FACE] = [1, 2, 3, 4];
const VERDICTS = { unreadable: 'unreadable', unknown_key: 'untrusted_issuer', forged: 'forged' };

class Unreadable extends Error {}

function base45(text) {
  const out = [];
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((letter) => ALPHABET.indexOf(letter));
    if (digits.includes(-1) || digits.length === 1) throw new Unreadable('not base45');
    const value = digits.reduceRight((sum, digit) => 45 * sum + digit, 0);
    if (value > (digits.length === 3 ? 0xffff : 0xff)) throw new Unreadable('not base45');
    out.push(...(digits.length === 3 ? [value >> 8, value & 255] : [value]));
  }
  return Buffer.from(out);
}

const isName = isText(64, 1);
const before = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
const isAscending = (names) => names.every((name, i) => i === 0 || before(names[i - 1], name));

/** What each claim may be; what is left out has its default, and a default is not written. */
const CLAIMS = new Map([
  [SITE, isName], [SUBJECT, isName], [EXPIRES, isCount], [NOT_BEFORE, isCount], [ISSUED, isCount], [ID, isBytes(8)],
  [HOLDER, (value) => value instanceof Map], [OWN, (value) => value instanceof Map && value.size > 0],
]);
const OWN_CLAIMS = new Map([
  [KIND, (value) => value === 1], [GATES, (value) => isList(isName, 16, 1)(value) && isAscending(value)],
  [ONCE, (value) => value === true], [FACE, isBytes(32)],
]);

function checked(map, claims, needed) {
  if (!(map instanceof Map)) throw new Unreadable('claims are a map');
  for (const [key, value] of map) {
    if (!claims.get(key)?.(value)) throw new Unreadable(`claim ${key} cannot be`);
  }
  if (!needed.every((key) => map.has(key))) throw new Unreadable('a claim is missing');
  return (key, otherwise = null) => map.get(key) ?? otherwise;
}

function claimsOf(payload) {
  const said = checked(decode(payload), CLAIMS, [SITE, SUBJECT, ISSUED, ID]);
  const own = checked(said(OWN, new Map()), OWN_CLAIMS, []);
  return {
    site: said(SITE), subject: said(SUBJECT), expires: said(EXPIRES), notBefore: said(NOT_BEFORE), issued: said(ISSUED),
    id: said(ID).toString('hex'), visitor: own(KIND) === 1, gates: own(GATES, []), once: own(ONCE, false),
    face: own(FACE),
  };
}

/** The verdict on a pass's text, in the order of docs/passes.md, and what it says once its signature is genuine. */
function judge(text, { keys, site, now, revoked = new Set() }) {
  if (!text.startsWith(PREFIX)) return { verdict: 'not_a_pass' };
  let claims;
  try {
    claims = claimsOf(verify1(base45(text.slice(PREFIX.length)), keys, '').payload);
  } catch (error) {
    if (error instanceof CoseError) return { verdict: VERDICTS[error.code] };
    if (error instanceof CborError || error instanceof Unreadable) return { verdict: 'unreadable' };
    throw error;
  }
  return { verdict: timelyVerdict(claims, site, now, revoked), ...claims };
}

function timelyVerdict({ id, notBefore, expires, ...said }, site, now, revoked) {
  if (said.site !== site) return 'other_site';
  if (revoked.has(id)) return 'revoked';
  if (notBefore !== null && now < notBefore) return 'not_yet_valid';
  if (expires !== null && now >= expires) return 'expired';
  return 'genuine';
}

module.exports = { base45, judge };
