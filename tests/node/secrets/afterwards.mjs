// What follows the demo when its traces are searched: the rest of the ways a secret goes, many mistakes, and then every file,
// log and record, beside a list of all the secrets there were.
import { setTimeout as sleep } from 'node:timers/promises';
import { legacyRoute } from './legacy.mjs';
import { makeMistakes } from './mistakes.mjs';
import { secretsOf } from './known.mjs';
import { writeTraces } from './traces.mjs';

const ATTACHED = 'words that only an attachment has';

export async function leaveTraces(world, folder) {
  const attached = await receiveAttachment(world);
  const legacy = await legacyRoute(world);
  const mistakes = await makeMistakes(world);
  await settle(world);
  const record = await (await fetch(`${world.pushKitUrl}/control/requests`)).json();
  const secrets = await secretsOf(world, legacy, record, [attached, legacy.text, mistakes.text]);
  await writeTraces(world, folder, { record, legacy, mistakes, secrets });
}

/** A message too large for Push Kit: the backend stores it, the app fetches and opens it. */
async function receiveAttachment(world) {
  const text = `${ATTACHED} ${'x'.repeat(6000)}`;
  await world.send({ data: { text } });
  const message = await world.nextMessage();
  if (JSON.parse(message.text).text !== text) throw new Error('the attachment is not what was sent');
  return ATTACHED;
}

/** Waits until the backend has written down what became of the last message. */
async function settle(world) {
  let before;
  do {
    before = world.backend.log().length;
    await sleep(100);
  } while (world.backend.log().length > before);
}
