// Test Kit ("@ohos.app.ability.abilityDelegatorRegistry"), as on-device suites use it: `getAbilityDelegator().getAppContext()`
// is the context of the app under test.
import { currentProcess } from './device.mjs';

const { device } = currentProcess();

export const abilityDelegatorRegistry = {
  getAbilityDelegator: () => ({ getAppContext: () => ({ applicationInfo: { name: device.bundleName } }) }),
};
