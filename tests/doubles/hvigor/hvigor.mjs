// hvigor's plugin interface, as far as a plugin of a HAR module sees it. Imitated, from Huawei's guide "Extending build
// capabilities":
// - "Hvigor API", https://developer.huawei.com/consumer/cn/doc/harmonyos-guides/ide-hvigor-api: a plugin is
//   {pluginId, apply(node)}, and `apply` is called in the configuration phase, which a sync runs without any task; a node has
//   getNodeName, getNodePath, getParentNode, getContext(pluginId), registerTask(task); the name of a task is unique; a task
//   with postDependencies runs before each of these.
// - "Plugin context", https://developer.huawei.com/consumer/cn/doc/harmonyos-guides/ide-build-expanding-context: OhosPluginId;
//   the context of appTasks has getBuildMode, that of harTasks has getBuildProfileOpt, the content of build-profile.json5.
//   The ids themselves are not documented.
// Not documented, but seen by others: postDependencies given as a function are ignored.
import path from 'node:path';

export const OhosPluginId = {
  OHOS_APP_PLUGIN: 'double.app',
  OHOS_HAP_PLUGIN: 'double.hap',
  OHOS_HSP_PLUGIN: 'double.hsp',
  OHOS_HAR_PLUGIN: 'double.har',
};

// What `@ohos/hvigor-ohos-plugin` exports.
export const ohosPlugin = { OhosPluginId, appTasks: OhosPluginId.OHOS_APP_PLUGIN, hapTasks: OhosPluginId.OHOS_HAP_PLUGIN, harTasks: OhosPluginId.OHOS_HAR_PLUGIN };

/** A node of the project's tree: the app itself, or one of its modules. */
class Node {
  tasks = new Map();

  constructor(folder, parent, contexts) {
    this.folder = folder;
    this.parent = parent;
    this.contexts = contexts;
  }

  getNodeName() {
    return path.basename(this.folder);
  }

  getNodePath() {
    return this.folder;
  }

  getParentNode() {
    return this.parent;
  }

  getContext(pluginId) {
    return this.contexts[pluginId];
  }

  registerTask(task) {
    if (this.tasks.has(task.name)) throw new Error(`the task ${task.name} is registered already`);
    if (typeof task.run !== 'function') throw new TypeError(`the task ${task.name} has no run`);
    this.tasks.set(task.name, task);
  }

  /** The configuration phase, with the default export of a `hvigorfile.ts`. */
  configure({ system, plugins }) {
    if (!this.contexts[system]) throw new Error(`${system} is not the system plugin of ${this.folder}`);
    for (const plugin of plugins) {
      if (typeof plugin.pluginId !== 'string') throw new TypeError('a plugin has a pluginId');
      plugin.apply(this);
    }
  }

  /** Runs what has to run before one of hvigor's own tasks. */
  async runBefore(ownTask) {
    for (const { postDependencies, run } of this.tasks.values()) {
      if (!Array.isArray(postDependencies) || !postDependencies.includes(ownTask)) continue;
      await run({ moduleName: this.getNodeName(), modulePath: this.folder });
    }
  }
}

/** A HAR module in `folder`, built in `mode`, whose build-profile.json5 holds `profile`. */
export function harNode(folder, mode, profile) {
  const app = new Node(path.dirname(folder), undefined, { [OhosPluginId.OHOS_APP_PLUGIN]: { getBuildMode: () => mode } });
  return new Node(folder, app, { [OhosPluginId.OHOS_HAR_PLUGIN]: { getBuildProfileOpt: () => profile } });
}
