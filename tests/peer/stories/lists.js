// The lists about health certificates come down as objects, each signed by a list key of the registry.
'use strict';

const { decode } = require('../cbor.js');
const { verify1 } = require('../cose.js');
const { Holder } = require('./registry.js');

const ISSUERS = { name: 'issuers.list', context: 'gatepost trust list 1' };
const REVOCATIONS = { name: 'revocations.list', context: 'gatepost revocations 1' };

/** The lists that are announced next, by their names. */
async function announced(holder) {
  const message = await holder.gate.hear('registry/lists', ({ lists }) => lists.length > 0);
  holder.announced.take('registry/lists', message);
  return new Map(message.lists.map((offer) => [offer.get('name'), Object.fromEntries(offer)]));
}

async function verified(holder, offer, context) {
  return decode(verify1(await holder.object(offer), holder.registry.listKeys(), context).payload);
}

async function lists(who, talk) {
  const holder = await new Holder(who).connect();
  await holder.first();
  talk.say('ready');
  await talk.until('published');
  const offers = await announced(holder);
  const issuers = await verified(holder, offers.get(ISSUERS.name), ISSUERS.context);
  const revocations = await verified(holder, offers.get(REVOCATIONS.name), REVOCATIONS.context);
  talk.say('held', { issuers: issuers.get('version'), revocations: revocations.get('delta').get('version') });
  holder.gate.link.disconnect();
}

module.exports = { lists };
