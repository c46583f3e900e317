// What became of every message of a schedule, and everything that must not be.
import { DROPPED_AS } from './progress.mjs';
import { MARKER } from './schedule.mjs';

/** `{counts, wrong}`: `wrong` names each broken promise. */
export function verdict(schedule) {
  const messages = [...schedule.messages.values()];
  const counts = { sent: messages.length, handled: 0, lost: 0, handledTwice: 0, repeatedAfterDeath: 0, inInbox: 0, dropped: {}, excused: {} };
  const wrong = schedule.damaged.map((what) => `damaged: ${what}`);
  const drops = dropsByReason(schedule);
  for (const message of messages) {
    if (message.successes > 0) counts.handled += 1;
    if (message.successes > 1 + message.unrecorded) {
      counts.handledTwice += 1;
      wrong.push(`${message.id} was handled ${message.successes} times`);
    } else if (message.successes > 1) counts.repeatedAfterDeath += 1;
    if (message.successes === 0) settleUnhandled(schedule, message, drops, counts, wrong);
  }
  wrong.push(...registrationFaults(schedule), ...leaks(schedule));
  return { counts, wrong };
}

function dropsByReason({ problems }) {
  const drops = {};
  for (const { reason } of problems.filter((problem) => problem.dropped)) drops[reason] = (drops[reason] ?? 0) + 1;
  return drops;
}

function settleUnhandled(schedule, message, drops, counts, wrong) {
  const count = (group, reason) => (counts[group][reason] = (counts[group][reason] ?? 0) + 1);
  const expected = DROPPED_AS[message.kind];
  const excuse = excuseFor(schedule, message);
  if (schedule.isFormer(message)) count('excused', 'for a user who has left');
  else if (isSetAside(schedule, message)) {
    if (message.deaths.size < 3) wrong.push(`${message.id} was set aside after ${message.deaths.size} deaths of the process`);
    count('dropped', 'HandlerCrashed');
  }
  else if (isInInbox(schedule, message)) counts.inInbox += 1;
  else if (excuse) count('excused', excuse);
  else if (drops[expected] > 0 && hasEnded(schedule, message)) {
    drops[expected] -= 1;
    count('dropped', expected);
  } else {
    counts.lost += 1;
    wrong.push(`${message.id} (${message.kind}) is lost`);
  }
}

function isInInbox(schedule, { id, sealed }) {
  return schedule.select('SELECT 1 FROM pushseal_inbox WHERE state < 2 AND (id = ? OR payload LIKE ?)', [id, `%${sealed}%`]).length > 0;
}

// Crashed rows are kept: three processes died during an attempt at the message.
function isSetAside(schedule, { id }) {
  return schedule.select('SELECT 1 FROM pushseal_inbox WHERE state = 3 AND id = ?', [id]).length > 0;
}

// By the server's time, with the skew that a message is opened with.
function hasEnded({ serverTime }, { kind, endsAt }) {
  return kind !== 'short-lived' || serverTime() >= endsAt + 300000;
}

// Outside the app's power, or reported by name while it happened.
function excuseFor(schedule, { fate, takers, inTable }) {
  if (inTable) return undefined;
  if (takers.length === 0) return fate || 'no process took it';
  const excuses = takers.map((taker) => excuseOf(schedule, taker));
  return excuses.every(Boolean) ? excuses[0] : undefined;
}

function excuseOf({ problems, device }, taker) {
  if (taker.isExtension) {
    if (taker.diedInFaults) return 'the extension died before it was kept';
    return device.log.some(({ text }) => text === 'message dropped: InboxUnavailable extension') ? 'InboxUnavailable in the extension' : undefined;
  }
  if (taker.alive || !taker.diedInFaults) return undefined;
  if (!taker.opened) return 'died before the database was open';
  return problems.some(({ process, reason }) => process === taker && reason === 'InboxUnavailable') ? 'InboxUnavailable, then died' : undefined;
}

function registrationFaults({ backend, device, user }) {
  const registration = backend.devices.get(device.aaid);
  if (registration === undefined) return ['the device is not registered'];
  return [
    ...(registration.token === device.pushKit.tokens.get(device.aaid) ? [] : ['the backend has another token']),
    ...(registration.user === user ? [] : [`the backend has ${registration.user}, not ${user}`]),
  ];
}

function leaks(schedule) {
  const { device, backend } = schedule;
  const keys = backend.devices.get(device.aaid)?.keys.map(({ key }) => key) ?? [];
  const stored = schedule.select('SELECT payload FROM pushseal_inbox UNION ALL SELECT message FROM t_push_message').flat();
  const places = { log: device.log.map(({ text }) => text).join('\n'), preferences: JSON.stringify([...device.preferences]), database: stored.join('\n') };
  return Object.entries(places).flatMap(([place, text]) =>
    [MARKER, ...keys].filter((secret) => text.includes(secret)).map(() => `a key or plaintext is in the ${place}`));
}
