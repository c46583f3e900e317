import { OhosPluginId, harTasks } from '@ohos/hvigor-ohos-plugin';
import { cargoBuild } from './scripts/cargo-build-plugin';

export default {
  system: harTasks,
  plugins: [cargoBuild(OhosPluginId)],
};
