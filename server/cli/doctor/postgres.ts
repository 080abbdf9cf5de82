/** Reports PostgreSQL's settings, as the queried node reads them. */
import type { NodeList } from '../../api/answers/nodes.ts';
import { type DoctorCheck, type Finding, note, ok, wrong } from './finding.ts';

export const postgres: DoctorCheck = {
  name: 'postgres',
  needs: ['login'],
  async run({ http }) {
    const { status, body } = await http.get<Partial<NodeList>>('/v1/nodes', { accept: [403, 404] });
    if (status !== 200)
      return { verdict: 'skipped', words: 'these credentials have no right to see the nodes' };
    return judgeDatabase(body);
  },
};

export function judgeDatabase({ self = null, database }: Partial<NodeList>): Finding {
  if (self === null) return { verdict: 'skipped', words: 'the state is not in PostgreSQL' };
  if (database === undefined)
    return { verdict: 'skipped', words: 'a server of this version does not say it' };
  if (database === null) return wrong('PostgreSQL is unavailable now: look at the log of the node');
  const { version, remarks } = database;
  const words = remarks.map((remark) => remark.words).join('; ');
  if (remarks.some(({ verdict }) => verdict === 'wrong')) return wrong(`${version}: ${words}`);
  return remarks.length > 0 ? note(`${version}: ${words}`) : ok(`${version} is set up as hostbeat needs it`);
}
