// The main job on real parts, as a timeline: every way by which a message reaches the app. `cargo xtask demo` runs it;
// PUSHSEAL_BACKEND names the backend's program. Exits 0 only if each message reached the app's handler intact, and once.
// PUSHSEAL_DEMO_KEEP names a folder for all that the demo leaves behind, for the search in ../secrets.
import { loadAddon } from '../addon/load.mjs';
import { besideHand } from '../bench/beside-hand.mjs';
import { drained, extension, tapCold, tapHot } from './away.mjs';
import { formerUser, tokenProven } from './handover.mjs';
import { attachment, duplicate, register, sealedByBackend, sealedByJose, tokenChange } from './foreground.mjs';
import { leaveTraces } from '../secrets/afterwards.mjs';
import { Timeline } from './timeline.mjs';
import { startWorld } from './world.mjs';

const STORIES = [formerUser, register, tokenProven, sealedByBackend, sealedByJose, attachment, duplicate, tapHot, tapCold, drained, extension, tokenChange];

const timeline = new Timeline();
const world = await startWorld(process.env.PUSHSEAL_BACKEND);
try {
  for (const story of STORIES) {
    await story(world, timeline);
    if (world.app !== undefined) await world.nothingWaits();
  }
  timeline.print();
  console.log(`\nAll ${world.handled} messages reached the handler intact, each once.`);
  if (process.env.PUSHSEAL_DEMO_KEEP) await leaveTraces(world, process.env.PUSHSEAL_DEMO_KEEP);
  console.log(`\nSpeed in this process, ${(await besideHand(loadAddon(), '3 KB')).line}`);
} finally {
  timeline.print();
  await world.stop();
}
