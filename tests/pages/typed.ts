/** Which pages are typed as they stand, and what is true of the blocks of every other page. */

/** A part of a page: from the first text to the second. */
export interface Part {
  readonly from?: string;
  readonly until?: string;
}

export interface Typed extends Part {
  readonly page: string;
  /** Typed first, in the same shell: a page and how far. */
  readonly after?: readonly [page: string, part: Part];
  /** Commands of the test's own, before and after: they run what the page only saves. */
  readonly first?: string;
  readonly last?: string;
}

const start = (until: string): NonNullable<Typed['after']> => ['docs/start.md', { until }];
const asAlice = 'export OS_USERNAME=alice OS_PASSWORD=wonderland OS_PROJECT_NAME=demo';

export const TYPED: readonly Typed[] = [
  { page: 'docs/start.md' },
  { page: 'docs/first-failover.md', after: start('## 4.') },
  { page: 'docs/webhook-receiver.md', after: start('## 4.') },
  { page: 'docs/beside-openstack.md', after: start('## 3.') },
  { page: 'docs/drills.md', after: start('## 4.'), first: asAlice },
  { page: 'docs/watch-keys.md', after: start('## 4.'), first: asAlice },
  { page: 'docs/explain.md', after: start('## 4.') },
  { page: 'README.md', until: '## Install it' },
  {
    page: 'README.md',
    from: '## Four ways',
    until: '**You operate it.**',
    after: start('## 4.'),
    last: 'OS_TOKEN=$WATCH_KEY node owner.mjs > owner.txt &\nuntil grep "db-primary DOWN" owner.txt; do sleep 0.2; done',
  },
  {
    page: 'README.md',
    from: '**You operate it.**',
    first: 'alias hostbeat="$PWD/node_modules/.bin/node $PWD/server/cli/hostbeat.mjs"\nmkdir mine && cd mine',
    last: 'until hostbeat services list | grep "compute-1.* up "; do sleep 0.2; done',
  },
];

/** Where the blocks of other pages are tried. A block that is of a machine of the reader's own is not marked `sh`. */
export const TRIED_ELSEWHERE: Readonly<Record<string, string>> = {
  'client-sdk/README.md': 'tests/sdk/package types and runs them from the packed client',
  'docs/sdk.md': 'tests/sdk/package types and runs them from the packed client',
  'client-sdk/conformance/README.md': 'tests/conformance runs the kit',
  'client-sdk/python/README.md': 'tests/clients/python-package.ts runs its programs',
  'docs/other-languages.md': 'tests/clients/other-languages.ts runs its programs through a kill -9',
  'packaging/package/README.md': 'tests/deploy/npm.ts installs the package and serves from it',
  'docs/deploy/README.md': 'tests/deploy installs the packages and the image, and does its steps',
  'docs/decisions/0035-what-a-move-of-files-must-not-change.md':
    'needs checkouts of two old commits; done by hand',
};
