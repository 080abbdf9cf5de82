/** The compute face, from its own table of routes and at its newest version. */
import { z } from 'zod';
import { MAX_VERSION } from '../nova/microversions.ts';
import { ROUTES } from '../nova/routes.ts';
import { actionBodies } from '../nova/servers/act.ts';
import { createBody } from '../nova/servers/create-body.ts';
import { PARAMETERS } from '../nova/servers/known-parameters.ts';
import * as metadata from '../nova/servers/metadata.ts';
import { updateBody } from '../nova/servers/schemas.ts';
import * as tags from '../nova/servers/tags.ts';
import { ByUuid } from '../nova/services/update.ts';
import type { Described } from './described.ts';

const PAGING = ['limit', 'marker'];
const SERVERS = [
  ...Object.keys(PARAMETERS).filter((name) => !['metadata', 'services'].includes(name)),
  'host_status',
];

type More = Pick<Described, 'body' | 'query'>;
/** Of every route what it is for, and what it takes. */
const ABOUT: Readonly<Record<string, readonly [summary: string, more?: More]>> = {
  'GET /os-services': ['List services', { query: ['host', 'binary'] }],
  'PUT /os-services/:id': [
    'Disable, enable or force down a service (below 2.53 the id is an action)',
    { body: ByUuid },
  ],
  'DELETE /os-services/:id': ['Delete a service; 409 while servers stand on its host'],
  'GET /servers': ['List servers', { query: SERVERS }],
  'GET /servers/detail': ['List servers with everything about them', { query: SERVERS }],
  'GET /servers/:id': ['Show a server'],
  'POST /servers': ['Register a server on a host', { body: createBody(MAX_VERSION) }],
  'PUT /servers/:id': ['Rename or describe a server', { body: updateBody(MAX_VERSION) }],
  'DELETE /servers/:id': ['Delete a server'],
  'POST /servers/:id/action': [
    'Record what was done to a server',
    { body: z.union(actionBodies(MAX_VERSION)) },
  ],
  'GET /servers/:id/metadata': ['List metadata'],
  'POST /servers/:id/metadata': ['Add metadata', { body: metadata.All }],
  'PUT /servers/:id/metadata': ['Replace metadata', { body: metadata.All }],
  'GET /servers/:id/metadata/:key': ['Show one item of metadata'],
  'PUT /servers/:id/metadata/:key': ['Set one item of metadata', { body: metadata.One }],
  'DELETE /servers/:id/metadata/:key': ['Delete one item of metadata'],
  'GET /servers/:id/ips': ['List addresses by network'],
  'GET /servers/:id/ips/:key': ['List the addresses in one network'],
  'GET /servers/:id/tags': ['List tags'],
  'PUT /servers/:id/tags': ['Replace tags', { body: tags.All }],
  'DELETE /servers/:id/tags': ['Delete all tags'],
  'GET /servers/:id/tags/:key': ['204 if the server has the tag'],
  'PUT /servers/:id/tags/:key': ['Add a tag'],
  'DELETE /servers/:id/tags/:key': ['Delete a tag'],
  'GET /servers/:id/os-instance-actions': [
    'List what was done to a server',
    { query: [...PAGING, 'changes-since', 'changes-before'] },
  ],
  'GET /servers/:id/os-instance-actions/:key': ['Show what one request did'],
  'GET /flavors': ['List flavors', { query: [...PAGING, 'minRam', 'minDisk', 'is_public'] }],
  'GET /flavors/detail': [
    'List flavors with their sizes',
    { query: [...PAGING, 'minRam', 'minDisk', 'is_public'] },
  ],
  'GET /flavors/:id': ['Show a flavor'],
  'GET /flavors/:id/os-extra_specs': ['List the extra specs of a flavor'],
  'GET /flavors/:id/os-extra_specs/:key': ['Show one extra spec'],
  'GET /limits': ['Show what is used; there are no quotas', { query: ['tenant_id'] }],
  'GET /os-availability-zone': ['List availability zones'],
  'GET /os-availability-zone/detail': ['List availability zones with their hosts and services'],
  'GET /os-hypervisors': [
    'List hypervisors',
    { query: [...PAGING, 'hypervisor_hostname_pattern', 'with_servers'] },
  ],
  'GET /os-hypervisors/detail': [
    'List hypervisors with what their servers take',
    { query: [...PAGING, 'hypervisor_hostname_pattern', 'with_servers'] },
  ],
  'GET /os-hypervisors/statistics': ['Show what all hypervisors’ servers take together (until 2.87)'],
  'GET /os-hypervisors/:id': ['Show a hypervisor', { query: ['with_servers'] }],
  'GET /os-hypervisors/:id/search': ['Find hypervisors by a part of their name (until 2.52)'],
  'GET /os-hypervisors/:id/uptime': ['501: not known here (until 2.87)'],
  'GET /os-hypervisors/:id/servers': ['Find servers by a part of their hypervisor’s name (until 2.52)'],
  'GET /os-aggregates': ['List aggregates: there are none'],
  'GET /os-aggregates/:id': ['404: there are none'],
  'GET /os-hosts': ['List hosts and services (until 2.42)', { query: ['zone'] }],
  'GET /os-hosts/:id': ['Show what the servers of a host take (until 2.42)'],
  'GET /os-server-groups': ['List server groups: there are none'],
  'GET /os-server-groups/:id': ['404: there are none'],
  'GET /extensions': ['List what is served, in the words of before microversions'],
  'GET /extensions/:id': ['Show one of these'],
};

export const COMPUTE_OPERATIONS: readonly Described[] = [
  { method: 'get', path: '/', summary: 'List versions', open: true },
  { method: 'get', path: '/v2.1/', summary: 'Show the version: which microversions there are', open: true },
  ...ROUTES.map(({ method, path }): Described => {
    const [summary, more = {}] = ABOUT[`${method} ${path}`] ?? [''];
    return {
      method: method.toLowerCase() as Described['method'],
      path: `/v2.1${path.replace(/:(\w+)/g, '{$1}')}`,
      summary,
      ...more,
    };
  }),
];
