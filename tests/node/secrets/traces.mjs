// Writes down all that the demo's parts wrote or were given, by place: `log`, `errors`, `database` (the backend's), `device`, `huawei`.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';

export async function writeTraces(world, folder, { record, legacy, mistakes, secrets }) {
  const write = (place, name, contents) => {
    mkdirSync(path.join(folder, place), { recursive: true });
    writeFileSync(path.join(folder, place, name), contents);
  };
  const { device } = world;
  write('log', 'backend.jsonl', world.backend.log());
  write('log', 'legacy-backend.jsonl', legacy.log);
  write('log', 'push-kit', world.pushKit.log());
  write('log', 'hilog.jsonl', device.log.map((line) => JSON.stringify(line)).join('\n'));
  write('errors', 'thrown-and-answered', mistakes.errors.join('\n'));
  write('errors', 'told-to-the-app', inspect(world.app.model.problems, { depth: 9, maxArrayLength: null }));
  write('errors', 'metrics', await (await fetch(`${world.backendUrl}/metrics`)).text());
  write('device', 'preferences.json', JSON.stringify(Object.fromEntries(device.preferences)));
  for (const [name, database] of device.databases) write('device', name, database.sql.export());
  write('huawei', 'requests.json', JSON.stringify(record));
  // While the backend runs, its newest pages are in the write-ahead log.
  for (const name of readdirSync(world.folder).filter((file) => /\.db(-wal|-shm)?$/.test(file))) {
    mkdirSync(path.join(folder, 'database'), { recursive: true });
    copyFileSync(path.join(world.folder, name), path.join(folder, 'database', name));
  }
  writeFileSync(path.join(folder, 'secrets.json'), JSON.stringify(secrets));
}
