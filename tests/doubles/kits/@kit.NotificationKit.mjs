// Notification Kit ("@ohos.notificationManager"): whether the app may show notifications, and the one question to the user. Imitated: 1600004 when the
// user says no.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();

async function requestEnableNotification() {
  await app.enterAsync('notificationManager.requestEnableNotification');
  if (!app.device.notificationsAllowed) throw new KitError(1600004, 'notification disabled');
}

function isNotificationEnabledSync() {
  app.enter('notificationManager.isNotificationEnabledSync');
  return app.device.notificationsAllowed;
}

export const notificationManager = { isNotificationEnabledSync, requestEnableNotification };
