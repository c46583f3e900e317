// What Push Kit wants of a project: the listener, the table that it fills while the app is away, the extension.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import JSON5 from 'json5';
import { blockedImports } from './extension.mjs';

const LISTENER = 'action.ohos.push.listener';
const WRITE_PERMISSION = 'ohos.permission.WRITE_PRIVACY_PUSH_DATA';
// The database and table of the HAR, `inbox/Schema.ets`; the name without `.db`.
const TABLE = 'pushseal/t_push_message';
const json5 = (file) => JSON5.parse(readFileSync(file, 'utf8'));

/** Every problem, each a sentence. */
export function pushProblems(root, modules) {
  const { bundleName } = json5(path.join(root, 'AppScope/app.json5')).app;
  const files = modules.map(({ folder }) => path.join(folder, 'src/main/module.json5')).filter(existsSync);
  return [
    ...listenerProblems(files),
    ...files.flatMap((file) => (json5(file).module.proxyData ?? []).flatMap((proxy) => proxyProblems(file, proxy, bundleName))),
    ...files.flatMap(extensionProblems),
  ];
}

function listenerProblems(files) {
  const listening = files.flatMap((file) => (json5(file).module.abilities ?? []).filter((ability) => ability.skills?.some(isListener)));
  const problems = listening.length === 1 ? [] : [`${listening.length} abilities have ${LISTENER}; Push Kit wants exactly one`];
  for (const ability of listening) {
    const skill = ability.skills.find(isListener);
    if (skill.actions.length !== 1 || skill.entities || skill.uris?.length > 0) problems.push(`${ability.name}: ${LISTENER} stands in a skill of its own`);
    if (ability.launchType !== 'singleton') problems.push(`${ability.name}: launchType is singleton for push`);
  }
  return problems;
}

const isListener = (skill) => skill.actions?.includes(LISTENER);

function proxyProblems(file, { uri, requiredWritePermission, metadata }, bundleName) {
  const problems = [];
  const [, bundle] = /^datashareproxy:\/\/([^/]+)\/PushMessage$/.exec(uri) ?? [];
  if (bundle !== bundleName) problems.push(`${file}: proxyData's uri is datashareproxy://${bundleName}/PushMessage by AppScope/app.json5, not ${uri}`);
  if (requiredWritePermission !== WRITE_PERMISSION) problems.push(`${file}: proxyData's requiredWritePermission is ${WRITE_PERMISSION}`);
  const profile = path.join(path.dirname(file), 'resources/base/profile', `${metadata?.resource?.replace('$profile:', '')}.json`);
  if (!existsSync(profile)) return [...problems, `${file}: proxyData's profile ${profile} is not there`];
  return [...problems, ...profileProblems(profile)];
}

// The system reads strict JSON and drops what is none.
function profileProblems(profile) {
  let json;
  try {
    json = JSON.parse(readFileSync(profile, 'utf8'));
  } catch {
    return [`${profile} is not strict JSON`];
  }
  return json.path === TABLE && json.type === 'rdb' ? [] : [`${profile}: path is ${TABLE} and type is rdb`];
}

function extensionProblems(file) {
  const extensions = (json5(file).module.extensionAbilities ?? []).filter(({ type }) => type === 'remoteNotification');
  return extensions.map(({ srcEntry }) => path.join(path.dirname(file), srcEntry)).filter(existsSync).flatMap(blockedImports);
}
