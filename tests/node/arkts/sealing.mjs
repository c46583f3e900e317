// Seals as a backend in any language would: with npm's `jose`, to the key that the device registered.
import { CompactEncrypt, base64url } from 'jose';

/** A sealed message for a registered key `{keyId, key}`; `data` is any JSON, `claims` overrides members of the plaintext. */
export async function seal({ keyId, key }, data, claims = {}) {
  const plaintext = { iat: Math.floor(Date.now() / 1000), ...(data === undefined ? {} : { data }), ...claims };
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(plaintext)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: keyId })
    .encrypt(base64url.decode(key));
}
