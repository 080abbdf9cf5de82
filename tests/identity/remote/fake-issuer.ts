/** An OIDC issuer: a real HTTP server with a discovery document and keys that a test rotates. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '../../../server/domain/clock.ts';

export interface FakeIssuer {
  /** The issuer's name, and where its documents are. */
  readonly url: string;
  /** The keys it publishes, by their id. */
  readonly published: Map<string, JWK>;
  readonly fetched: { discovery: number; keys: number };
  mood: 'up' | 'hanging' | number;
  /** Of the discovery document, where it lies. */
  issuer: string;
  /** A new key, published at once; the newest signs. */
  rotate(): Promise<string>;
  /** Alice's token, with claims of its own or without some (undefined). */
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function startFakeIssuer(clock: Pick<Clock, 'now'>): Promise<FakeIssuer> {
  let made = 0;
  let newest: { readonly kid: string; readonly key: CryptoKey };
  const server = createServer((request, response) => {
    if (issuer.mood === 'hanging') return;
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    issuer.fetched[isDiscovery ? 'discovery' : 'keys']++;
    const body = isDiscovery
      ? { issuer: issuer.issuer, jwks_uri: `${issuer.url}/keys` }
      : { keys: [...issuer.published.values()] };
    const status = issuer.mood === 'up' ? 200 : issuer.mood;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: FakeIssuer = {
    url,
    issuer: url,
    published: new Map(),
    fetched: { discovery: 0, keys: 0 },
    mood: 'up',
    async rotate() {
      const kid = `key-${++made}`;
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      issuer.published.set(kid, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
      newest = { kid, key: privateKey };
      return kid;
    },
    sign(claims = {}, header = {}) {
      const now = Math.floor(clock.now() / 1_000);
      const payload: JWTPayload = {
        iss: url,
        aud: 'hostbeat',
        sub: 'u-alice',
        iat: now,
        exp: now + 3_600,
        preferred_username: 'alice',
        project_id: 'p-demo',
        roles: ['member'],
        ...claims,
      };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', kid: newest.kid, ...header })
        .sign(newest.key);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  await issuer.rotate();
  return issuer;
}
