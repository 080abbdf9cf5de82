/** What the suites of webhooks share. */
import { suite, type Test } from 'uvu';
import { noLogger } from '../../server/telemetry/logger.ts';
import type { NewWebhook } from '../../server/webhooks/fields.ts';
import type { WebhooksOptions } from '../../server/webhooks/options.ts';
import { Targets } from '../../server/webhooks/targets.ts';
import { Webhooks } from '../../server/webhooks/webhooks.ts';
import { anIdentity } from '../support/identity.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { Endpoint } from './endpoint.ts';

export interface World {
  w: StreamWorld;
  endpoint: Endpoint;
  webhooks: Webhooks;
}

export const OWNER = anIdentity();
export const OTHER = anIdentity({ userId: 'u2', projectId: 'p2' });

export function open(w: StreamWorld, more: Partial<WebhooksOptions> = {}): Webhooks {
  return new Webhooks({
    webhooks: w.test.webhooks,
    store: w.store,
    policy: w.policy,
    clock: w.clock,
    setTimer: w.timers.setTimer,
    random: () => 0.5,
    logger: noLogger,
    targets: new Targets(['127.0.0.0/8'], async () => []),
    maxPerProject: 3,
    ...more,
  });
}

/** A suite in which each test has a stream, an endpoint, and webhooks that deliver. */
export function webhookSuite(name: string): Test<World> {
  const test = suite<World>(name, {} as never);
  test.before.each(async (context) => {
    context.w = await StreamWorld.open();
    context.endpoint = await Endpoint.open();
    context.webhooks = open(context.w);
    await context.webhooks.start();
    await context.w.service();
  });
  test.after.each(async ({ w, endpoint, webhooks }) => {
    await webhooks.close();
    await endpoint.close();
    await w.close();
  });
  return test;
}

export function wish(endpoint: Endpoint, fields: Partial<NewWebhook> = {}): NewWebhook {
  return {
    url: endpoint.url,
    name: 'hook',
    format: 'cloudevents',
    servers: null,
    hostStatus: null,
    ...fields,
  };
}

/** What is under way is given up only after a while. */
export async function waitedFor(w: StreamWorld): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  w.timers.advance(500);
}
