/** The answer of `/v1/nodes`. */
import { z } from 'zod';

export const NodeState = z.object({
  id: z.int().describe('A new one with each start.'),
  name: z.string().nullable().describe('Name of the machine; null where it cannot be looked up now.'),
  version: z.string().nullable(),
  started_at: z.iso.datetime().nullable(),
  leads: z.boolean().describe('Whether it commits silences and delivers webhooks.'),
  state: z.enum(['live', 'leaving']),
  commit: z.int().describe('The last commit that it has announced.'),
  behind: z.int().describe('How many commits it is behind the furthest node.'),
  heard_ms_ago: z.int().describe('How long ago this node heard it.'),
  trouble: z.string().nullable().describe('What keeps it from working.'),
});
export type NodeState = z.output<typeof NodeState>;

export const NodeList = z.object({
  self: z.int().nullable().describe('The node that answers; null where one process uses the database alone.'),
  nodes: z.array(NodeState),
  database: z
    .object({
      version: z.string(),
      remarks: z.array(
        z.object({
          verdict: z
            .enum(['wrong', 'note'])
            .describe('wrong: what was acknowledged may be lost, or hostbeat will stand still.'),
          words: z.string().describe('What was found, and the fix.'),
        }),
      ),
    })
    .nullable()
    .describe('How the database server is set up; null for SQLite, and where it cannot be read now.'),
});
export type NodeList = z.output<typeof NodeList>;
