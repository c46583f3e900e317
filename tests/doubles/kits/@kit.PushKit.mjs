// Push Kit's client ("pushService", "AAID"); see the README of the doubles for what it refuses.
// The service behind it is `device.pushKit`: PushKitInMemory, or PushKitOverHttp when PUSHSEAL_DOUBLE_PUSHKIT is set.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();
const { device } = app;

const TYPES = ['DEFAULT', 'IM', 'VoIP', 'BACKGROUND', 'EMERGENCY'];

async function getToken() {
  await app.enterAsync('pushService.getToken');
  const token = await device.pushKit.token(device.aaid);
  await app.enterAsync('pushService.getToken done');
  await device.pushKit.connect(device, app, token);
  return token;
}

async function deleteToken() {
  await app.enterAsync('pushService.deleteToken');
  await device.pushKit.deleteToken(device.aaid);
}

function receiveMessage(type, ability, callback) {
  app.enter('pushService.receiveMessage');
  const known = TYPES.includes(type) && (type !== 'DEFAULT' || device.sdkApiVersion >= 14);
  if (!known || ability?.context === undefined || typeof callback !== 'function') throw new KitError(401, 'parameter error');
  if (app.receivers.has(type)) throw new KitError(1000900005, 'the same push type is registered already');
  app.receivers.set(type, callback);
}

function on(event, ability, callback) {
  app.enter('pushService.on');
  if (event !== 'tokenUpdate') throw new KitError(401, 'parameter error');
  app.tokenUpdate = callback;
}

// A profile belongs to the token of the moment: another token has none bound. At most ten (1000900015).
async function bindAppProfileId(type, id) {
  await app.enterAsync('pushService.bindAppProfileId');
  if (![1, 2].includes(type) || typeof id !== 'string' || id.length === 0 || id.length > 64) throw new KitError(401, 'parameter error');
  const token = await device.pushKit.token(device.aaid);
  if (device.profiles?.token !== token) device.profiles = { token, ids: new Set() };
  if (device.profiles.ids.size >= 10 && !device.profiles.ids.has(id)) throw new KitError(1000900015, 'too many profiles are bound');
  device.profiles.ids.add(id);
}

async function unbindAppProfileId(id) {
  await app.enterAsync('pushService.unbindAppProfileId');
  if (typeof id !== 'string' || id.length === 0) throw new KitError(401, 'parameter error');
  device.profiles?.ids.delete(id);
}

export const pushService = {
  getToken, deleteToken, receiveMessage, bindAppProfileId, unbindAppProfileId,
  // Systems before API 18 do not have these functions at all.
  get on() {
    return device.sdkApiVersion >= 18 ? on : undefined;
  },
  get off() {
    return device.sdkApiVersion >= 18 ? () => (app.tokenUpdate = undefined) : undefined;
  },
};

export const AAID = {
  async getAAID() {
    await app.enterAsync('AAID.getAAID');
    return device.aaid;
  },
};

export const pushCommon = { AppProfileType: { PROFILE_TYPE_OS_DISTRIBUTED_ACCOUNT: 1, PROFILE_TYPE_APPLICATION_ACCOUNT: 2 } };

export class RemoteNotificationExtensionAbility {
  context;
  onDestroy() {}
}
