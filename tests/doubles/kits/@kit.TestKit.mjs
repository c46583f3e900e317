// Test Kit ("@ohos.app.ability.abilityDelegatorRegistry"), as on-device suites use it: `getAbilityDelegator().getAppContext()`
// is the application context of the app under test.
import { currentProcess } from './device.mjs';

const app = currentProcess();

export const abilityDelegatorRegistry = {
  getAbilityDelegator: () => ({ getAppContext: () => app.applicationContext }),
};
