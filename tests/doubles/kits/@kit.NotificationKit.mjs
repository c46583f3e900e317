// Notification Kit ("@ohos.notificationManager"): the one question whether the app may show notifications. Imitated: 1600004 when the
// user says no.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();

async function requestEnableNotification() {
  await app.enterAsync('notificationManager.requestEnableNotification');
  if (!app.device.notificationsAllowed) throw new KitError(1600004, 'notification disabled');
}

export const notificationManager = { requestEnableNotification };
