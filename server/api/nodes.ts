import { Hono } from 'hono';
import { rfc3339 } from '../domain/clock.ts';
import type { Env } from '../identity/middleware.ts';
import type { Nodes } from '../nodes/nodes.ts';
import type { DatabaseReport } from '../ports/database-report.ts';
import type { NodeList } from './answers/nodes.ts';
import { type Permissions, permitted } from './request/permission.ts';

export interface NodesContext {
  readonly nodes?: Pick<Nodes, 'status' | 'entries'> | undefined;
  readonly databaseReport?: (() => Promise<DatabaseReport>) | undefined;
  readonly policy: Permissions;
}

/** `/nodes`: the processes on this database, as the answering node sees them. */
export function createNodes({ nodes, databaseReport, policy }: NodesContext): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/nodes', permitted(policy, 'os_compute_api:os-services:list'), async (c) => {
    if (nodes === undefined) return c.json({ self: null, nodes: [], database: null } satisfies NodeList);
    const { self, nodes: all } = nodes.status();
    const furthest = Math.max(...all.map(({ tail }) => tail));
    const [found, report] = await Promise.all([nodes.entries(), databaseReport?.().catch(() => undefined)]);
    const entries = new Map(found.map((entry) => [entry.id, entry]));
    const list: NodeList = {
      self: self.id,
      database: report === undefined ? null : { version: report.version, remarks: [...report.remarks] },
      nodes: all.map(({ id, leads, state, tail, heardMsAgo, trouble, differs }) => {
        const entry = entries.get(id);
        return {
          id,
          name: entry?.name ?? null,
          version: entry?.version ?? null,
          started_at: entry === undefined ? null : rfc3339(entry.startedAt),
          leads,
          state: state === 'live' ? 'live' : 'leaving',
          commit: tail,
          behind: furthest - tail,
          heard_ms_ago: heardMsAgo,
          trouble:
            trouble ??
            (differs && `its settings differ from those of the node that leads: ${differs.join(', ')}`) ??
            null,
        };
      }),
    };
    return c.json(list);
  });
  return app;
}
