/** The version documents, which clients read first. */
import { MAX_VERSION, MIN_VERSION, versionText } from './microversions.ts';

const MEDIA_TYPES = {
  v2: [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2' }],
  'v2.1': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
};

const LEGACY = {
  id: 'v2.0',
  status: 'SUPPORTED',
  version: '',
  min_version: '',
  updated: '2011-01-21T11:33:21Z',
} as const;

const CURRENT = {
  id: 'v2.1',
  status: 'CURRENT',
  version: versionText(MAX_VERSION),
  min_version: versionText(MIN_VERSION),
  updated: '2013-07-23T11:33:21Z',
} as const;

const DESCRIBED_BY = { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' } as const;

/** Both, the oldest first, because some clients read only the first. */
export function versionList(base: string) {
  return {
    versions: [
      { ...LEGACY, links: [{ rel: 'self', href: `${base}/v2/` }] },
      { ...CURRENT, links: [{ rel: 'self', href: `${base}/v2.1/` }] },
    ],
  };
}

export function versionDocument(root: '/v2' | '/v2.1', base: string) {
  const entry = root === '/v2' ? LEGACY : CURRENT;
  return {
    version: {
      ...entry,
      links: [{ rel: 'self', href: `${base}${root}/` }, DESCRIBED_BY],
      'media-types': root === '/v2' ? MEDIA_TYPES.v2 : MEDIA_TYPES['v2.1'],
    },
  };
}

/** For a path that names no version: the same path below each of them. */
export function versionChoices(base: string, path: string) {
  const rest = path.replace(/\/+$/, '');
  return {
    choices: [
      {
        id: LEGACY.id,
        status: LEGACY.status,
        links: [{ rel: 'self', href: `${base}/v2${rest}` }],
        'media-types': MEDIA_TYPES.v2,
      },
      {
        id: CURRENT.id,
        status: CURRENT.status,
        links: [{ rel: 'self', href: `${base}/v2.1${rest}` }],
        'media-types': MEDIA_TYPES['v2.1'],
      },
    ],
  };
}
