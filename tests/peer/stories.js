// What a gate does, told as stories. Each takes who it is and how to talk with the test that started it.
'use strict';

const registry = require('./stories/registry.js');
const commands = require('./stories/commands.js');
const journal = require('./stories/journal.js');
const link = require('./stories/link.js');
const lists = require('./stories/lists.js');

module.exports = { ...link, ...lists, ...journal, ...registry, ...commands };
