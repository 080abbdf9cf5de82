/** A whole server on a fresh database, asked in process: nothing listens. */
import { loadConfig } from '../../server/config/load.ts';
import { createCore } from '../../server/start/core.ts';
import { startCursorKeys } from '../../server/start/cursor-keys.ts';
import { startDrills } from '../../server/start/drills.ts';
import { mountEndpoints } from '../../server/start/endpoints.ts';
import { startHub } from '../../server/start/hub.ts';
import { startIdentity } from '../../server/start/identity.ts';
import { startLiveness } from '../../server/start/liveness.ts';
import { followPolicy, readPolicy } from '../../server/start/policy.ts';
import { Renewals } from '../../server/start/renewals/renewals.ts';
import { openStorage } from '../../server/start/storage.ts';
import { startWebhooks } from '../../server/start/webhooks.ts';
import { noLogger } from '../../server/telemetry/logger.ts';

const BASE = 'http://hostbeat.example';

export interface WholeServer {
  /** Every method, or `ALL`, and path that is registered. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  ask(method: string, path: string, token?: string, body?: unknown, accept?: string): Promise<Response>;
  logIn(name: string, password: string, project: string): Promise<string>;
  close(): Promise<void>;
}

export async function openWholeServer(): Promise<WholeServer> {
  const { config, secrets } = loadConfig({
    env: {
      HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_RECEIVER_TOKEN: 'receivers-token-of-the-test',
      HOSTBEAT_FORCE_DOWN_ON: 'HostDown,compute.host.down',
      HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
    },
  });
  const core = createCore(config, secrets, { logger: noLogger });
  const policyFile = await readPolicy(core);
  const storage = await openStorage(core);
  const policy = followPolicy(core, policyFile, storage, new Renewals(core));
  const identity = await startIdentity(core, storage);
  const liveness = await startLiveness(core, storage);
  const drills = await startDrills(core, { ...storage, ...policy });
  const cursorKeyRing = await startCursorKeys(core, storage);
  const hub = startHub(core, { ...storage, ...policy, ...identity, liveness, cursorKeyRing });
  const webhooks = await startWebhooks(core, { ...storage, ...policy, ...identity });
  const parts = { ...storage, ...policy, ...identity, liveness, drills, cursorKeyRing, hub, webhooks };
  const app = mountEndpoints(core, { ...parts, isServing: () => true });
  const ask: WholeServer['ask'] = (method, path, token, body, accept) =>
    app.fetch(
      new Request(BASE + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { 'x-auth-token': token }),
          ...(accept === undefined ? {} : { accept }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
      { peer: '127.0.0.1' },
    );
  return {
    routes: app.routes,
    ask,
    async logIn(name, password, project) {
      const domain = { id: 'default' };
      const answer = await ask('POST', '/identity/v3/auth/tokens', undefined, {
        auth: {
          identity: { methods: ['password'], password: { user: { name, domain, password } } },
          scope: { project: { name: project, domain } },
        },
      });
      const token = answer.headers.get('x-subject-token');
      if (token === null) throw new Error(`login of ${name}: ${answer.status} ${await answer.text()}`);
      return token;
    },
    close: () => core.closing.close(),
  };
}
