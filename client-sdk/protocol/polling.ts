/** What the endpoints of the stream answer to plain requests: `/v1/changes`, `/v1/history`, `/v1/status`. */
import { z } from 'zod';
import { Health, RESET_REASONS } from './downstream.ts';
import { Change, ServerState, ServiceChange, ServiceState } from './items.ts';

const PolledHealth = Health.omit({ type: true, subscriptions: true });
const name = {
  epoch: z
    .string()
    .describe('With `seq` it names what was committed together, for ever and on every transport.'),
  seq: z.number().int().positive(),
};
const place = {
  cursor: z.string().describe('What to ask with next, as `after`.'),
  epoch: z.string().describe('That of what is committed from now on.'),
  seq: z.number().int().nonnegative(),
};

/** The present state: the answer to a request without `after`. */
export const PolledSnapshot = z.object({
  how: z.literal('snapshot'),
  ...place,
  items: z.array(z.union([ServerState, ServiceState])),
  health: PolledHealth,
});

/** What came after the cursor. */
export const PolledChanges = z.object({
  how: z.literal('resumed'),
  ...place,
  items: z.array(z.union([Change.extend(name), ServiceChange.extend(name)])),
  more: z.boolean().describe('There are more: ask again at once.'),
  health: PolledHealth,
});

/** Status 410: the server cannot resume from this cursor. Ask again without one. */
export const PollReset = z.object({
  error: z.object({ code: z.literal('reset'), reason: z.enum(RESET_REASONS), message: z.string() }),
});

export const HistoryPage = z.object({
  server_id: z.string(),
  items: z.array(Change.extend(name)).describe('Newest first.'),
  next: z.string().nullable().describe('What to ask with next, as `before`; null on the last page.'),
});

export const Statuses = z.object({
  servers: z.array(ServerState).describe('In the order in which they were asked for.'),
  unknown: z.array(z.string()).describe('Ids of those that are not there, or not of this project.'),
  health: PolledHealth,
});
