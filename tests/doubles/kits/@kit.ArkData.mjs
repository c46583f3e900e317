// ArkData: `preferences` and `relationalStore`.
export { preferences } from './preferences.mjs';
export { relationalStore } from './relational-store.mjs';
