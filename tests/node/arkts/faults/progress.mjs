// How far the device has come in a run of the fault schedule.

/** What a message of this kind may be dropped as. */
export const DROPPED_AS = { 'damaged attachment': 'AttachmentRefused', 'short-lived': 'Expired' };

/** The backend has the device's token, for the user who is signed in. */
export function isRegistered({ backend, device, user }) {
  const registration = backend.devices.get(device.aaid);
  return registration !== undefined && registration.token === device.pushKit.tokens.get(device.aaid) && registration.user === user;
}

/** The process that runs has done all that it can do by itself. */
export function isIdle(schedule) {
  if ([...schedule.messages.values()].some((message) => isHeld(schedule, message))) return false;
  if (!schedule.device.databases.get('pushseal.db')?.has('pushseal_inbox')) return false;
  return schedule.select('SELECT payload FROM pushseal_inbox WHERE state < 2').every(([payload]) => schedule.isFormer(schedule.sealedIn(payload)));
}

export function isDone(schedule) {
  return isRegistered(schedule) && isIdle(schedule) && schedule.select('SELECT 1 FROM t_push_message').length === 0;
}

/** Taken by the process that runs, and neither handled, nor in the database, nor (as far as one can tell) dropped. */
function isHeld(schedule, message) {
  const { id, kind, sealed } = message;
  if (schedule.isFormer(message) || !isOpenHere(schedule, message) || areAllDropped(schedule, kind)) return false;
  return schedule.select('SELECT 1 FROM pushseal_inbox WHERE id = ? OR payload LIKE ?', [id, `%${sealed}%`]).length === 0;
}

function isOpenHere({ device }, { takers, successes }) {
  return successes === 0 && takers.includes(device.process);
}

/** A report of a drop names no message: all of a kind are dropped when there are as many reports. */
function areAllDropped(schedule, kind) {
  const { problems, device, messages } = schedule;
  const reports = problems.filter(({ dropped, reason, process }) => dropped && reason === DROPPED_AS[kind] && process === device.process);
  return reports.length >= [...messages.values()].filter((message) => message.kind === kind && isOpenHere(schedule, message)).length;
}
