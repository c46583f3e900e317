// The system's way into the app's database without starting the app ("Silent Access via DatamgrService" in OpenHarmony's
// guide for app developers), which Push Kit uses for `proxyData`. Imitated after distributeddatamgr_datamgr_service:
// the profile is strict JSON (Config::IsJson), `path` is split at '/' (ProfileInfo::Unmarshal), and the database is looked
// up under exactly that name (DataShareDbConfig::QueryMetaData) among those that the app has opened, which are listed by
// their names without ".db" (RdbServiceImpl::GetStoreMetaData, RemoveSuffix). Nothing is created on the way.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const PUSH_DATA = 'ohos.permission.WRITE_PRIVACY_PUSH_DATA';

/** What an app shares with Push Kit: profiles by URI, from `proxyData` of its module in `folder`. */
export function sharedWithPushKit(module, folder) {
  const shared = (module.proxyData ?? []).filter(({ requiredWritePermission, metadata }) =>
    requiredWritePermission === PUSH_DATA && metadata.name === 'dataProperties');
  return new Map(shared.map(({ uri, metadata }) => [uri, profile(folder, metadata.resource.replace('$profile:', ''))]));
}

function profile(folder, name) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'resources/base/profile', `${name}.json`), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The database and table for messages with `proxyData`, or undefined when the system finds none. */
export function pushTable(device) {
  const found = device.shared.get(`datashareproxy://${device.bundleName}/PushMessage`);
  if (found?.type !== 'rdb') return undefined;
  const [store, table] = found.path.split('/');
  const database = device.databases.get(device.lastOpened.get(store));
  return table && database?.has(table) ? { database, table } : undefined;
}
