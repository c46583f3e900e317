// Sees what happens on the simulated device, and when: a call of Push Kit's receiver, of the native library, of the handler.

/** What the newest message did on its way, filled while the app runs. */
export function watch({ device }) {
  const seen = { received: undefined, opened: undefined, attachment: undefined };
  for (const [type, receive] of device.process.receivers) {
    device.process.receivers.set(type, (payload) => {
      seen.received = { at: performance.now(), what: `PushPayload ${payload.type}, ${payload.data.length} characters` };
      receive(payload);
    });
  }
  device.onNativeCall = (name, begin, end) => {
    if (name === 'openMessages') seen.opened = { at: end, begin };
    if (name === 'openAttachment') seen.attachment = { at: end, begin };
  };
  return seen;
}

/** Resolves when `condition` holds; fails after five seconds. */
export async function until(what, condition) {
  const end = performance.now() + 5000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The lines that the app's log has for `event`. */
export const logged = (device, event) => device.log.map((line) => line.text).filter((text) => text.startsWith(event));
