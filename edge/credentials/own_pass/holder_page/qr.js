// QR codes (ISO/IEC 18004) in alphanumeric mode, error correction M, versions 1 to 20: what a pass needs.
// No library: this page must work without a network and without a build.
"use strict";

globalThis.gatepostQr = (() => {
  const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  // By version, for level M (table 9).
  const CHECK_WORDS = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
  const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
  const LEVEL_M = 0;

  // --- bits and words ---------------------------------------------------------------------------

  function rawModules(version) {
    let modules = (16 * version + 128) * version + 64;
    if (version >= 2) {
      const patterns = Math.floor(version / 7) + 2;
      modules -= (25 * patterns - 10) * patterns - 55;
      if (version >= 7) modules -= 36;
    }
    return modules;
  }

  const totalWords = (version) => Math.floor(rawModules(version) / 8);
  const dataWords = (version) => totalWords(version) - CHECK_WORDS[version] * BLOCKS[version];
  const countBits = (version) => (version < 10 ? 9 : 11);

  function versionFor(length) {
    for (let version = 1; version < BLOCKS.length; version++) {
      const bits = 4 + countBits(version) + 11 * (length >> 1) + 6 * (length & 1);
      if (bits <= 8 * dataWords(version)) return version;
    }
    throw new RangeError("too long for a QR code of version 20");
  }

  function encoded(text, version) {
    const bits = [];
    const put = (value, width) => {
      for (let bit = width - 1; bit >= 0; bit--) bits.push((value >>> bit) & 1);
    };
    put(0b0010, 4);
    put(text.length, countBits(version));
    for (let place = 0; place < text.length; place += 2) {
      const first = ALPHABET.indexOf(text[place]);
      const second = place + 1 < text.length ? ALPHABET.indexOf(text[place + 1]) : 0;
      if (first < 0 || second < 0) throw new RangeError("a character that alphanumeric mode has not");
      if (place + 1 < text.length) put(first * 45 + second, 11);
      else put(first, 6);
    }
    const capacity = 8 * dataWords(version);
    put(0, Math.min(4, capacity - bits.length));
    put(0, (8 - (bits.length % 8)) % 8);
    for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) put(pad, 8);
    const words = new Uint8Array(capacity / 8);
    bits.forEach((bit, index) => { words[index >> 3] |= bit << (7 - (index & 7)); });
    return words;
  }

  // --- Reed-Solomon over GF(256), polynomial 0x11D ----------------------------------------------

  function multiply(a, b) {
    let product = 0;
    for (let bit = 7; bit >= 0; bit--) {
      product = (product << 1) ^ ((product >>> 7) * 0x11d);
      product ^= ((b >>> bit) & 1) * a;
    }
    return product;
  }

  function generator(degree) {
    const result = new Uint8Array(degree);
    result[degree - 1] = 1;
    let root = 1;
    for (let step = 0; step < degree; step++) {
      for (let index = 0; index < degree; index++) {
        result[index] = multiply(result[index], root);
        if (index + 1 < degree) result[index] ^= result[index + 1];
      }
      root = multiply(root, 2);
    }
    return result;
  }

  function remainder(words, divisor) {
    const result = new Uint8Array(divisor.length);
    for (const word of words) {
      const factor = word ^ result[0];
      result.copyWithin(0, 1);
      result[result.length - 1] = 0;
      divisor.forEach((coefficient, index) => { result[index] ^= multiply(coefficient, factor); });
    }
    return result;
  }

  function interleaved(words, version) {
    const count = BLOCKS[version];
    const checks = CHECK_WORDS[version];
    const short = Math.floor(words.length / count);
    const longer = words.length % count;
    const divisor = generator(checks);
    const blocks = [];
    for (let index = 0, start = 0; index < count; index++) {
      const end = start + short + (index >= count - longer ? 1 : 0);
      const data = words.slice(start, end);
      blocks.push({ data, check: remainder(data, divisor) });
      start = end;
    }
    const result = [];
    for (let place = 0; place <= short; place++) {
      for (const block of blocks) if (place < block.data.length) result.push(block.data[place]);
    }
    for (let place = 0; place < checks; place++) {
      for (const block of blocks) result.push(block.check[place]);
    }
    return result;
  }

  // --- the picture ------------------------------------------------------------------------------

  function alignments(version) {
    if (version === 1) return [];
    const count = Math.floor(version / 7) + 2;
    const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
    const result = [6];
    for (let place = version * 4 + 10; result.length < count; place -= step) result.splice(1, 0, place);
    return result;
  }

  function canvas(version) {
    const size = 17 + 4 * version;
    const dark = Array.from({ length: size }, () => new Uint8Array(size));
    const fixed = Array.from({ length: size }, () => new Uint8Array(size));
    const set = (x, y, value) => {
      if (x < 0 || y < 0 || x >= size || y >= size) return;
      dark[y][x] = value ? 1 : 0;
      fixed[y][x] = 1;
    };
    return { size, dark, fixed, set };
  }

  function drawFunctionPatterns(picture, version) {
    const { size, set } = picture;
    for (let place = 0; place < size; place++) {
      set(6, place, place % 2 === 0);
      set(place, 6, place % 2 === 0);
    }
    for (const [centreX, centreY] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
      for (let y = -4; y <= 4; y++) {
        for (let x = -4; x <= 4; x++) {
          const ring = Math.max(Math.abs(x), Math.abs(y));
          set(centreX + x, centreY + y, ring !== 2 && ring !== 4);
        }
      }
    }
    const places = alignments(version);
    const last = places.length - 1;
    places.forEach((centreX, i) => places.forEach((centreY, j) => {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
      for (let y = -2; y <= 2; y++) {
        for (let x = -2; x <= 2; x++) set(centreX + x, centreY + y, Math.max(Math.abs(x), Math.abs(y)) !== 1);
      }
    }));
    drawFormat(picture, 0);
    if (version >= 7) drawVersion(picture, version);
  }

  function drawFormat({ size, set }, mask) {
    const data = (LEVEL_M << 3) | mask;
    let rest = data;
    for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    const bits = ((data << 10) | rest) ^ 0x5412;
    const bit = (index) => (bits >>> index) & 1;
    for (let index = 0; index <= 5; index++) set(8, index, bit(index));
    set(8, 7, bit(6));
    set(8, 8, bit(7));
    set(7, 8, bit(8));
    for (let index = 9; index < 15; index++) set(14 - index, 8, bit(index));
    for (let index = 0; index < 8; index++) set(size - 1 - index, 8, bit(index));
    for (let index = 8; index < 15; index++) set(8, size - 15 + index, bit(index));
    set(8, size - 8, 1);
  }

  function drawVersion({ size, set }, version) {
    let rest = version;
    for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (version << 12) | rest;
    for (let index = 0; index < 18; index++) {
      const far = size - 11 + (index % 3);
      const near = Math.floor(index / 3);
      set(far, near, (bits >>> index) & 1);
      set(near, far, (bits >>> index) & 1);
    }
  }

  function drawWords({ size, dark, fixed }, words) {
    let index = 0;
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step++) {
        const upward = ((right + 1) & 2) === 0;
        const y = upward ? size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (fixed[y][x] || index >= words.length * 8) continue;
          dark[y][x] = (words[index >> 3] >>> (7 - (index & 7))) & 1;
          index++;
        }
      }
    }
  }

  const MASKS = [
    (x, y) => (x + y) % 2 === 0,
    (x, y) => y % 2 === 0,
    (x) => x % 3 === 0,
    (x, y) => (x + y) % 3 === 0,
    (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
    (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
    (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
  ];

  function applyMask({ size, dark, fixed }, mask) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) if (!fixed[y][x] && MASKS[mask](x, y)) dark[y][x] ^= 1;
    }
  }

  // The worst of runs, blocks and balance (section 7.8.3); look-alikes of the finder are left to runs.
  function penalty({ size, dark }) {
    let result = 0;
    for (const at of [(a, b) => dark[a][b], (a, b) => dark[b][a]]) {
      for (let a = 0; a < size; a++) {
        for (let b = 1, run = 1; b <= size; b++) {
          if (b < size && at(a, b) === at(a, b - 1)) { run++; continue; }
          if (run >= 5) result += run - 2;
          run = 1;
        }
      }
    }
    let count = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        count += dark[y][x];
        if (x + 1 < size && y + 1 < size) {
          const sum = dark[y][x] + dark[y][x + 1] + dark[y + 1][x] + dark[y + 1][x + 1];
          if (sum % 4 === 0) result += 3;
        }
      }
    }
    return result + 10 * Math.floor(Math.abs(count / (size * size) - 0.5) * 20);
  }

  // The modules of the code that holds `text`: rows of 0 and 1, without the quiet zone of four.
  function make(text) {
    const version = versionFor(text.length);
    const picture = canvas(version);
    drawFunctionPatterns(picture, version);
    drawWords(picture, interleaved(encoded(text, version), version));
    let best = 0;
    let least = Infinity;
    for (let mask = 0; mask < 8; mask++) {
      applyMask(picture, mask);
      drawFormat(picture, mask);
      const cost = penalty(picture);
      if (cost < least) { least = cost; best = mask; }
      applyMask(picture, mask);
    }
    applyMask(picture, best);
    drawFormat(picture, best);
    return picture.dark;
  }

  return { make };
})();
