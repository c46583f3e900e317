// Ability Kit. An ability is made by the system, which sets its context and calls its life cycle; see app.mjs for
// the calls ("UIAbility Lifecycle").

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
