// Ability Kit. An ability is made by the system, which sets its context and calls its life cycle; see app.mjs for
// the calls ("UIAbility Lifecycle").
import { currentProcess } from './device.mjs';

export class UIAbility {
  context;
  launchWant;
  lastRequestWant;
  onCreate() {}
  onWindowStageCreate() {}
  onWindowStageDestroy() {}
  onForeground() {}
  onBackground() {}
  onNewWant() {}
  onDestroy() {}
}

const app = currentProcess();

/** "bundleManager": the app as it is installed, read from its module.json5. */
export const bundleManager = {
  BundleFlag: { GET_BUNDLE_INFO_WITH_HAP_MODULE: 0x2, GET_BUNDLE_INFO_WITH_ABILITY: 0x4, GET_BUNDLE_INFO_WITH_SKILL: 0x800 },
  LaunchType: { SINGLETON: 0, MULTITON: 1, SPECIFIED: 2 },
  async getBundleInfoForSelf(flags) {
    await app.enterAsync('bundleManager.getBundleInfoForSelf');
    return { name: app.device.bundleName, hapModulesInfo: (flags & 0x2) === 0 ? [] : (app.device.modules ?? []).map((module) => hapModule(module, flags)) };
  },
};

// Abilities and skills are told when they are asked for ("It can't be used alone").
function hapModule(module, flags) {
  const { SINGLETON, MULTITON, SPECIFIED } = bundleManager.LaunchType;
  const launchTypes = { singleton: SINGLETON, multiton: MULTITON, specified: SPECIFIED };
  const skills = (ability) => ((flags & 0x800) === 0 ? [] : (ability.skills ?? []).map(({ actions = [], entities = [], uris = [] }) => ({ actions, entities, uris })));
  const abilities = (flags & 0x4) === 0 ? [] : (module.abilities ?? []);
  return {
    name: module.name,
    abilitiesInfo: abilities.map((ability) => ({ name: ability.name, launchType: launchTypes[ability.launchType ?? 'singleton'], skills: skills(ability) })),
  };
}
