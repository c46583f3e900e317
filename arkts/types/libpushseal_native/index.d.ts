// The native API of PushSeal, generated from `bridge/src` by `cargo xtask typings`.
// Errors that these functions throw have a numeric `code` and a `name`: see `docs/errors.md`.

/** An opened message. */
export interface DataMessage {
  /** The same message has the same id on every path. */
  id: string
  /** The key it was sealed with; '' when it was not sealed. */
  keyId: string
  /** In milliseconds since 1970. */
  issuedAt: number
  /** In milliseconds since 1970. */
  expiresAt: number
  /** Whether it was sealed. */
  sealed: boolean
  /** JSON text; '' with a reference. */
  data: string
  /** Where the content is, when it is not in `data`. */
  reference: Reference | null
}

/** What this library is and whether it works here. */
export interface Diagnostics {
  /** The library's version. */
  version: string
  /** Whether the processor's AES instructions are used. */
  hardwareAes: boolean
  /** Whether a known message opened as it must. */
  selfTest: boolean
}

/** A device key and its id. */
export interface KeyEntry {
  /** `kid`: 1 to 16 printable ASCII characters. */
  keyId: string
  /** 32 bytes (A256GCM) or 16 bytes (A128GCM). */
  key: Uint8Array
}

/** How to open. */
export interface OpenOptions {
  /** The device's time, in milliseconds since 1970. */
  now: number
  /** The app's bundle name; '' accepts messages for any. */
  audience: string
  /** Whether JSON that is not sealed is accepted. */
  allowPlaintext: boolean
  /** How far the device's clock may run ahead, in seconds. */
  clockSkew: number
}

/** What became of one payload of a batch. */
export interface OpenOutcome {
  /** The message, when it opened. */
  message: DataMessage | null
  /** 0, or the error's code. */
  code: number
  /** '', or the error's name. */
  name: string
}

/** A claim check for content that waits as an attachment at the backend. */
export interface Reference {
  /** The attachment's id: letters, digits, '-' and '_'. */
  id: string
  /** The ciphertext's size in bytes. */
  size: number
  /** The ciphertext's SHA-256 in base64url. */
  sha256: string
  /** The attachment's key in base64url. A secret. */
  key: string
}

/** What the backend has to know of this installation. */
export interface Registration {
  /** The push token; '' for none. */
  token: string
  /** The AAID. */
  aaid: string
  /** The current key's id. */
  keyId: string
  /** The device's region. */
  region: string
  /** The app's account; '' for none. */
  account: string
  /** When the backend accepted it, in milliseconds since 1970; 0 while it has not. */
  syncedAt: number
}

/** Whether to send the registration, and why. */
export interface SyncPlan {
  /** Whether it has to be sent. */
  register: boolean
  /** 'never', 'token', 'aaid', 'key', 'region', 'account', 'refresh', or 'current'. */
  reason: string
}

/** Forgets and wipes all keys: at logout. */
export declare function clearKeyring(): void

/** What this library is and whether it works here: for a self-test page, not for the start of the app. */
export declare function diagnostics(): Diagnostics

/** A new key: 32 random bytes from the system. */
export declare function generateKey(): Uint8Array

/**
 * One member of a JSON object, which costs less than `JSON.parse` of all of it: a string, number, boolean or null, or `undefined`
 * when there is no member of this name. One that is an object or array is `Malformed`: that takes `JSON.parse`.
 */
export declare function jsonField(json: string, name: string): string | number | boolean | null | undefined

/** Checks and decrypts an attachment that was fetched for a reference. */
export declare function openAttachment(bytes: Uint8Array, reference: Reference): Uint8Array

/** Opens one message: `PushPayload.data`, the `message` of a `t_push_message` row, or a bare JWE. */
export declare function openMessage(payload: string, options: OpenOptions): DataMessage

/** Opens many messages: one outcome each, in the same order. A bad one never hides a good one. */
export declare function openMessages(payloads: string[], options: OpenOptions): OpenOutcome[]

/** Tells whether the backend has to be told: compares what it accepted last with what is true now. */
export declare function planTokenSync(stored: Registration, current: Registration, now: number): SyncPlan

/** Replaces the keyring of the whole process at once. The keys are copied; what they replace is wiped. */
export declare function setKeyring(keys: KeyEntry[]): void
