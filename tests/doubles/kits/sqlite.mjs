// SQLite, compiled to WebAssembly: one instance for all simulated processes.
import { createRequire } from 'node:module';

// The packages of every Node test are installed in one folder.
const fromTests = createRequire(new URL('../../node/package.json', import.meta.url));

export const sqlite = await fromTests('sql.js')();
