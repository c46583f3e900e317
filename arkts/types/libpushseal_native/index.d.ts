export interface KeyEntry {
  keyId: string
  key: Uint8Array
}
export interface OpenOptions {
  /** Milliseconds since 1970. */
  now: number
  /** `''` accepts any. */
  audience: string
  allowPlaintext: boolean
  /** Seconds. */
  clockSkew: number
}
export interface Reference {
  id: string
  size: number
  /** base64url */
  sha256: string
  /** base64url */
  key: string
}
export interface DataMessage {
  id: string
  keyId: string
  issuedAt: number
  expiresAt: number
  sealed: boolean
  data: string
  reference: Reference | null
}
export interface OpenOutcome {
  message: DataMessage | null
  code: number
  name: string
}
export interface Registration {
  token: string
  aaid: string
  keyId: string
  region: string
  account: string
  syncedAt: number
}
export interface SyncPlan {
  register: boolean
  reason: string
}
export interface Diagnostics {
  version: string
  hardwareAes: boolean
  selfTest: boolean
}
export declare function setKeyring(keys: KeyEntry[]): void
export declare function clearKeyring(): void
export declare function generateKey(): Uint8Array
export declare function openMessage(payload: string, options: OpenOptions): DataMessage
export declare function openMessages(payloads: string[], options: OpenOptions): OpenOutcome[]
export declare function openAttachment(bytes: Uint8Array, reference: Reference): Uint8Array
export declare function planTokenSync(stored: Registration, current: Registration, now: number): SyncPlan
export declare function diagnostics(): Diagnostics
