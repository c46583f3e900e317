import { harTasks } from '@ohos/hvigor-ohos-plugin';
import { cargoBuild } from '../hvigor/cargo-build-plugin';

export default {
  system: harTasks,
  plugins: [cargoBuild()],
};
