// The service account's JWT: PS256, checked with `jose` ("Push Kit, service-account authentication").
import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const AUDIENCE = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';
const LONGEST_LIFE_S = 86_400;
/** Clocks of two machines differ; the documents name no tolerance. */
const CLOCK_SKEW_S = 60;

// The packages of every Node test are installed in one folder, tests/node.
const fromTests = createRequire(new URL('../../node/package.json', import.meta.url));
const jose = await import(pathToFileURL(fromTests.resolve('jose')).href);

/**
 * Reads the account whose tokens are accepted: the console's key file, or a public key (PEM or JWK) with the
 * other members as options. Returns `{publicKey, kid, iss, project}`.
 */
export async function loadAccount({ key, kid, iss, project }) {
  if (key === undefined) throw new Error('--key FILE is needed: the service-account JSON, or a public key as PEM or JWK');
  const text = await readFile(key, 'utf8');
  const json = text.trimStart().startsWith('{') ? JSON.parse(text) : undefined;
  const account = {
    publicKey: publicKeyOf(text, json),
    kid: kid ?? json?.key_id ?? json?.kid,
    iss: iss ?? json?.sub_account,
    project: project ?? json?.project_id,
    verified: new Map(),
  };
  for (const name of ['kid', 'iss', 'project']) {
    if (account[name] === undefined) throw new Error(`--${name} is needed beside a bare public key`);
  }
  return account;
}

function publicKeyOf(text, json) {
  if (json === undefined) return createPublicKey(text);
  if (json.kty !== undefined) return createPublicKey({ key: json, format: 'jwk' });
  return createPublicKey(pem(json.private_key));
}

/** The console's file may hold the PEM in one line, or with its line ends escaped twice. */
function pem(text) {
  const body = text.replace(/\\n/g, '\n').replace(/-----(BEGIN|END) [A-Z ]+-----/g, '').replace(/\s+/g, '');
  const label = /-----BEGIN ([A-Z ]+)-----/.exec(text)?.[1] ?? 'PRIVATE KEY';
  return `-----BEGIN ${label}-----\n${body.match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;
}

/** Checks an `Authorization` header. Returns undefined when it is good, or the documented `{status, code, msg}`. */
export async function refusal(account, header, nowMs = Date.now()) {
  const token = /^Bearer (\S+)$/.exec(header ?? '')?.[1];
  if (token === undefined) return refused('80200001', 'Authorization is missing or is no Bearer token');
  let claims = account.verified.get(token);
  if (claims === undefined) {
    try {
      claims = await verifiedClaims(account, token);
    } catch (error) {
      return refused('80200001', `the token is not accepted: ${error.message}`);
    }
    if (account.verified.size >= 1000) account.verified.clear();
    account.verified.set(token, claims);
  }
  return timeRefusal(claims, Math.floor(nowMs / 1000));
}

/** Signature, header and identity; times are looked at on each use. */
async function verifiedClaims(account, token) {
  const { payload, protectedHeader } = await jose.compactVerify(token, account.publicKey, { algorithms: ['PS256'] });
  if (protectedHeader.kid !== account.kid) throw new Error('kid is not this account\'s key');
  if (protectedHeader.typ !== 'JWT') throw new Error('typ is not JWT');
  const claims = JSON.parse(new TextDecoder().decode(payload));
  if (claims.iss !== account.iss) throw new Error('iss is not this account');
  if (claims.aud !== AUDIENCE) throw new Error('aud is not the authorisation address');
  if (!Number.isInteger(claims.iat) || !Number.isInteger(claims.exp)) throw new Error('iat and exp must be whole seconds');
  return claims;
}

function timeRefusal({ iat, exp }, now) {
  if (exp - iat > LONGEST_LIFE_S) return refused('80300036', 'the token lives longer than a day', 400);
  if (exp + CLOCK_SKEW_S <= now) return refused('80200005', 'the token has expired');
  if (iat - CLOCK_SKEW_S > now || exp <= iat) return refused('80200001', 'iat and exp are not around now');
  return undefined;
}

function refused(code, msg, status = 401) {
  return { status, code, msg };
}
