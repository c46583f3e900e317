// Parts of the HAR that it does not export, in the process that a test has started.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { har } from './app.mjs';

/** A module under `arkts/src/main/ets` in the process of `search`. */
export function internal(search, file) {
  return import(pathToFileURL(path.join(path.dirname(har), 'src/main/ets', file)).href + search);
}
