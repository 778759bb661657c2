// node peer.js STORY IDENTITY: plays one story against a central, and says on each line of its output what is so.
'use strict';

const fs = require('node:fs');
const readline = require('node:readline');

const { identityOf } = require('./gate.js');
const stories = require('./stories.js');

class Talk {
  constructor(input) {
    this.lines = [];
    this.wake = () => {};
    readline.createInterface({ input }).on('line', (line) => { this.lines.push(line); this.wake(); });
  }

  say(what, facts = {}) {
    process.stdout.write(`${JSON.stringify({ what, ...facts }, plain)}\n`);
  }

  /** Waits until the test says `word`. */
  async until(word) {
    while (this.lines.length === 0) await new Promise((resolve) => { this.wake = resolve; });
    const line = this.lines.shift();
    if (line !== word) throw new Error(`the test says ${line}, the story waits for ${word}`);
  }
}

const plain = (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString('hex')
  : typeof value === 'bigint' ? Number(value) : value instanceof Map ? Object.fromEntries(value) : value);

async function main([name, file]) {
  const talk = new Talk(process.stdin);
  const story = stories[name];
  if (story === undefined) throw new Error(`no story ${name}; there are ${Object.keys(stories).join(', ')}`);
  await story(identityOf(JSON.parse(fs.readFileSync(file, 'utf8'))), talk);
  talk.say('end');
}

main(process.argv.slice(2)).then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
