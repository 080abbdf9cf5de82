import { once } from 'node:events';
import { createServer } from 'node:net';
import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import { connectionCapacity } from '../runtime/descriptors.ts';
import type { Edge } from '../runtime/edge.ts';
import { listen } from '../runtime/http.ts';
import type { Tls } from '../runtime/tls.ts';
import { gauge } from '../telemetry/metrics.ts';
import type { Core } from './core.ts';

/** The end of the target, because a client of a proxy may write the whole URL. */
const REPORTS = /\/v1\/reports\/?(\?|$)/;

/**
 * Opens the port and closes it again before anything is written: a server that cannot listen leaves no new database
 * behind.
 * @throws the system's error if the address cannot be listened on
 */
export async function tryAddress({ host, port }: Config['listen']): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  server.listen({ host, port });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

/** Opens the port. From then on requests arrive. */
export async function startEdge(core: Core, app: App, tls: Tls | undefined): Promise<Edge> {
  const { config, logger, events, metrics, origin, intake, closing } = core;
  const edge = await listen({
    fetch: app.fetch,
    direct: app.direct,
    upgrade: app.upgrade,
    host: config.listen.host,
    port: config.listen.port,
    tls,
    maxFrame: config.maxFrame,
    limits: {
      connections: { total: connectionCapacity(), perAddress: config.maxConnectionsPerAddress },
      unsent: {
        perConnection: config.maxUnsentBytesPerConnection,
        perAddress: config.maxUnsentBytesPerAddress,
        total: config.maxUnsentBytes,
      },
    },
    seeThrough: origin.seeThrough,
    isReport: ({ method, url = '' }) => method === 'POST' && REPORTS.test(url),
    events: {
      answerCut: (why) => events.answerCut(why),
      evicted: () => events.connectionEvicted(),
      turnedAway(why) {
        events.connectionTurnedAway(why);
        if (why === 'descriptors') intake.turnedAway();
      },
    },
    onError: (error) => logger.error({ err: error }, 'a request failed'),
    onAcceptFailed: intake.turnedAway,
  });
  intake.opened(edge);
  closing.add(() => edge.close());
  const count = (name: string, help: string, read: () => number) => gauge(metrics, name, help, read);
  count('connections_open', 'Network connections that are open.', () => edge.stats().connections);
  count(
    'unsent_answer_bytes',
    'Bytes of answers that their clients have not read.',
    () => edge.stats().unsentBytes,
  );
  return edge;
}
