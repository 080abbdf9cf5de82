/** Starts a server from its settings: makes each part here, once, and closes them in the reverse order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Secrets, SecretsInForce } from './config/config.ts';
import { keepRunning, type Restartable } from './restart.ts';
import { createCore, type ServerEnvironment } from './start/core.ts';
import { startCursorKeys } from './start/cursor-keys.ts';
import { startDrills } from './start/drills.ts';
import { startEdge, tryAddress } from './start/edge.ts';
import { mountEndpoints } from './start/endpoints.ts';
import { startHub } from './start/hub.ts';
import { startIdentity } from './start/identity.ts';
import { startLiveness } from './start/liveness.ts';
import { joinNodes, makeNodes } from './start/nodes.ts';
import { followPolicy, readPolicy } from './start/policy.ts';
import { followCertificate, readCertificate } from './start/renewals/certificate.ts';
import { Renewals } from './start/renewals/renewals.ts';
import { followAuthorities, followSecrets } from './start/renewals/secrets.ts';
import { openStorage } from './start/storage.ts';
import { startWebhooks } from './start/webhooks.ts';

export type Running = Omit<Restartable, 'outdated'>;

/**
 * Starts a server, and starts all of it again when its database has another log.
 * @throws DatabaseRefused, DomainError `invalid` for an unusable file of the settings, the system's error if the
 * address cannot be listened on; nothing stays open then
 */
export function serve(config: Config, secrets: Secrets, surroundings: ServerEnvironment): Promise<Running> {
  const inForce = { ...secrets };
  const start = (port = config.listen.port) =>
    startAll({ ...config, listen: { ...config.listen, port } }, inForce, surroundings);
  return keepRunning(start, { logger: surroundings.logger, pause: sleep });
}

async function startAll(
  config: Config,
  secrets: SecretsInForce,
  surroundings: ServerEnvironment,
): Promise<Restartable> {
  const core = createCore(config, secrets, surroundings);
  const { closing } = core;
  try {
    const tls = readCertificate(core);
    const renewals = new Renewals(core);
    followAuthorities(renewals);
    const policyFile = await readPolicy(core);
    await tryAddress(config.listen);
    const storage = await openStorage(core);
    const policy = followPolicy(core, policyFile, storage, renewals);
    const nodes = makeNodes(core, { ...storage, ...policy });
    const identity = await startIdentity(core, { ...storage, nodes });
    const liveness = await startLiveness(core, { ...storage, nodes });
    const drills = await startDrills(core, { ...storage, ...policy });
    const cursorKeyRing = await startCursorKeys(core, storage);
    const hub = startHub(core, { ...storage, ...policy, ...identity, liveness, cursorKeyRing });
    const webhooks = await startWebhooks(core, { ...storage, ...policy, ...identity, nodes });

    let serving = true;
    const parts = {
      ...storage,
      ...policy,
      ...identity,
      liveness,
      drills,
      cursorKeyRing,
      hub,
      webhooks,
      nodes,
    };
    const app = mountEndpoints(core, { ...parts, isServing: () => serving });
    await joinNodes(core, nodes, liveness);
    const edge = await startEdge(core, app, tls);
    followCertificate(core, tls, edge, renewals);
    followSecrets(
      {
        inForce: secrets,
        source: surroundings.secretSource,
        hide: surroundings.hide ?? (() => undefined),
        renewed: () => identity.identity.secretsRenewed(),
      },
      renewals,
    );
    closing.add(() => hub.drain());
    closing.add(() => {
      serving = false;
    });
    if (nodes !== undefined) closing.add(() => nodes.leave());
    const { generatedPassword } = identity;
    return {
      url: edge.url,
      ...(generatedPassword === undefined ? {} : { generatedPassword }),
      outdated: new Promise((resolve) => storage.store.onEpoch(resolve)),
      reloadPolicy: policy.reload,
      reload: () => renewals.reload(),
      close: () => closing.close(),
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}
