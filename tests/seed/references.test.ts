import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cachedLookup, missingOf, referenceLookup, refuseMissing } from '../../server/seed/references.ts';

const test = suite('references of servers');

const store = (...hosts: readonly string[]) => ({
  services: async ({ host }: { readonly host?: string } = {}) =>
    hosts.filter((one) => one === host) as never[],
});
const accounts = {
  project: async (id: string) => (id === 'id1' ? { id } : undefined),
  projectNamed: async (name: string) => (name === 'demo' ? { id: 'id1' } : undefined),
};

test('a project is found by its id and by its name; elsewhere every id is taken', async () => {
  const lookup = referenceLookup(store(), accounts);
  assert.equal(
    [await lookup.projectId('id1'), await lookup.projectId('demo'), await lookup.projectId('nobody')],
    ['id1', 'id1', undefined],
  );
  assert.is(await referenceLookup(store()).projectId('anything'), 'anything');
});

test('a missing name is looked up again, a found one is not', async () => {
  const known = new Set<string>();
  const asked: string[] = [];
  const lookup = cachedLookup({
    projectId: async (name) => {
      asked.push(name);
      return known.has(name) ? name : undefined;
    },
    hasHost: async (host) => {
      asked.push(host);
      return known.has(host);
    },
  });
  assert.equal([await lookup.projectId('p'), await lookup.hasHost('c1')], [undefined, false]);
  known.add('p').add('c1');
  for (let n = 0; n < 3; n++) {
    assert.equal([await lookup.projectId('p'), await lookup.hasHost('c1')], ['p', true]);
  }
  assert.equal(asked, ['p', 'c1', 'p', 'c1']);
});

test('simultaneous look-ups of one name are one, and one that fails is not kept', async () => {
  let asked = 0;
  const lookup = cachedLookup({
    projectId: async (name) => {
      asked += 1;
      if (asked === 1) throw new Error('the database is away');
      return name;
    },
    hasHost: async () => true,
  });
  const answers = await Promise.allSettled([lookup.projectId('p'), lookup.projectId('p')]);
  assert.equal([answers.map(({ status }) => status), asked], [['rejected', 'rejected'], 1]);
  assert.is(await lookup.projectId('p'), 'p');
});

test('missing names are listed, each once, and at most ten', async () => {
  const servers = Array.from({ length: 30 }, (_, n) => ({ project_id: 'demo', host: `c${n % 15}` }));
  const missing = await missingOf(
    [...servers, { project_id: 'typo', host: null }],
    referenceLookup(store('c0'), accounts),
  );
  assert.equal([missing.projects, missing.hosts.length], [['typo'], 14]);
  try {
    refuseMissing(missing);
    assert.unreachable();
  } catch (error) {
    const { message } = error as Error;
    assert.match(message, 'there is no project typo; no service is known on host c1;');
    assert.match(message, '5 more are missing. Nothing was changed.');
  }
  refuseMissing({ projects: [], hosts: [] });
});

test.run();
