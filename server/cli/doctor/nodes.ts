/** Whether several nodes on one database are set up as they should be. */
import type { NodeList } from '../../api/answers/nodes.ts';
import { type DoctorCheck, type Finding, note, ok, some, wrong } from './finding.ts';

export const nodes: DoctorCheck = {
  name: 'nodes',
  needs: ['login'],
  async run({ http }) {
    const { status, body } = await http.get<NodeList>('/v1/nodes', { accept: [403, 404] });
    if (status !== 200)
      return { verdict: 'skipped', words: 'these credentials have no right to see the nodes' };
    return judgeNodes(body);
  },
};

/** Most commits by which a node may be behind another between two looks. */
const FAR_BEHIND = 1_000;

export function judgeNodes({ self, nodes: all }: NodeList): Finding {
  if (self === null) return { verdict: 'skipped', words: 'one process uses the database alone' };
  const nameOf = ({ id, name }: NodeList['nodes'][number]) => (name === null ? `${id}` : `${id} (${name})`);
  const leaders = all.filter(({ leads }) => leads);
  if (leaders.length === 0)
    return wrong(
      'no node leads, so no silence is committed: look at the log of each node, and at PostgreSQL',
    );
  const troubled = all.find(({ trouble }) => trouble !== null);
  if (troubled !== undefined) return wrong(`node ${nameOf(troubled)}: ${troubled.trouble}`);
  const late = all.find(({ behind }) => behind > FAR_BEHIND);
  if (late !== undefined)
    return wrong(
      `node ${nameOf(late)} is ${late.behind} commits behind: it has too little processor time, or PostgreSQL is slow`,
    );
  const versions = [...new Set(all.flatMap(({ version }) => version ?? []))];
  if (versions.length > 1)
    return note(`nodes of versions ${versions.join(', ')} run side by side: finish the upgrade`);
  const named = all.flatMap(({ name }) => name ?? []);
  const twice = named.filter((name, at) => named.indexOf(name) !== at);
  if (twice.length > 0)
    return note(`several nodes run on ${some([...new Set(twice)])}: they die together with their machine`);
  if (all.length === 1)
    return note(
      'only one node uses PostgreSQL: no other can take over; start another with the same HOSTBEAT_DATABASE_URL',
    );
  return ok(`${all.length} nodes, and ${nameOf(leaders[0] as NodeList['nodes'][number])} leads`);
}
