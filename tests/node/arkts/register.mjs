// `node --import ./register.mjs program.mjs`: makes Node run ArkTS. See hooks.mjs.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
