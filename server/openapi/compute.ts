/** The compute API at one microversion, from its own table of routes. */
import { z } from 'zod';
import { MAX_VERSION, MIN_VERSION, type Microversion, SINCE } from '../nova/microversions.ts';
import { ANSWERS } from '../nova/representations/schemas/table.ts';
import { ROUTES } from '../nova/routes.ts';
import { actionBodies } from '../nova/servers/actions/act.ts';
import { createBody } from '../nova/servers/create/create-body.ts';
import { JOINED, PARAMETERS } from '../nova/servers/list/known-parameters.ts';
import * as metadata from '../nova/servers/metadata.ts';
import { updateBody } from '../nova/servers/schemas.ts';
import * as tags from '../nova/servers/tags.ts';
import { serviceBody } from '../nova/services/update.ts';
import type { DescribedOperation } from './described.ts';

type NamesAt = (version: Microversion) => readonly string[];

const servers: NamesAt = (version) => [
  ...Object.entries(PARAMETERS)
    .filter(([name, { since = 1 }]) => version >= since && !JOINED.has(name))
    .map(([name]) => name),
  ...(version >= SINCE.hostStatus ? ['host_status'] : []),
];
const flavors: NamesAt = () => ['limit', 'marker', 'minRam', 'minDisk', 'is_public', 'sort_key', 'sort_dir'];
const hypervisors: NamesAt = (version) => [
  ...(version >= SINCE.hypervisorsPaged ? ['limit', 'marker'] : []),
  ...(version >= SINCE.serviceUuid ? ['hypervisor_hostname_pattern', 'with_servers'] : []),
];
const actions: NamesAt = (version) => [
  ...(version >= SINCE.actionsPaged ? ['limit', 'marker', 'changes-since'] : []),
  ...(version >= SINCE.changesBefore ? ['changes-before'] : []),
];

interface MoreText {
  readonly body?: (version: Microversion) => z.ZodType;
  readonly query?: NamesAt;
}
/** The purpose and parameters of every route. */
const ABOUT: Readonly<Record<string, readonly [summary: string, more?: MoreText]>> = {
  'GET /os-services': ['List services', { query: () => ['host', 'binary'] }],
  'PUT /os-services/:id': [
    'Disable, enable or force down a service (below 2.53 the id is an action)',
    { body: serviceBody },
  ],
  'DELETE /os-services/:id': ['Delete a service; 409 while servers stand on its host'],
  'GET /servers': ['List servers', { query: servers }],
  'GET /servers/detail': ['List servers with everything about them', { query: servers }],
  'GET /servers/:id': ['Show a server'],
  'POST /servers': ['Register a server on a host', { body: createBody }],
  'PUT /servers/:id': ['Rename or describe a server', { body: updateBody }],
  'DELETE /servers/:id': ['Delete a server'],
  'POST /servers/:id/action': [
    'Record what was done to a server',
    { body: (version) => z.union(actionBodies(version)) },
  ],
  'GET /servers/:id/metadata': ['List metadata'],
  'POST /servers/:id/metadata': ['Add metadata', { body: () => metadata.AllMetadata }],
  'PUT /servers/:id/metadata': ['Replace metadata', { body: () => metadata.AllMetadata }],
  'GET /servers/:id/metadata/:key': ['Show one item of metadata'],
  'PUT /servers/:id/metadata/:key': ['Set one item of metadata', { body: () => metadata.One }],
  'DELETE /servers/:id/metadata/:key': ['Delete one item of metadata'],
  'GET /servers/:id/ips': ['List addresses by network'],
  'GET /servers/:id/ips/:key': ['List the addresses in one network'],
  'GET /servers/:id/tags': ['List tags'],
  'PUT /servers/:id/tags': ['Replace tags', { body: () => tags.AllTags }],
  'DELETE /servers/:id/tags': ['Delete all tags'],
  'GET /servers/:id/tags/:key': ['204 if the server has the tag'],
  'PUT /servers/:id/tags/:key': ['Add a tag'],
  'DELETE /servers/:id/tags/:key': ['Delete a tag'],
  'GET /servers/:id/os-instance-actions': ['List what was done to a server', { query: actions }],
  'GET /servers/:id/os-instance-actions/:key': ['Show what one request did'],
  'GET /flavors': ['List flavors', { query: flavors }],
  'GET /flavors/detail': ['List flavors with their sizes', { query: flavors }],
  'GET /flavors/:id': ['Show a flavor'],
  'GET /flavors/:id/os-extra_specs': ['List the extra specs of a flavor'],
  'GET /flavors/:id/os-extra_specs/:key': ['Show one extra spec'],
  'GET /limits': ['Show what is used; there are no quotas', { query: () => ['tenant_id'] }],
  'GET /os-availability-zone': ['List availability zones'],
  'GET /os-availability-zone/detail': ['List availability zones with their hosts and services'],
  'GET /os-hypervisors': ['List hypervisors', { query: hypervisors }],
  'GET /os-hypervisors/detail': ['List hypervisors with what their servers take', { query: hypervisors }],
  'GET /os-hypervisors/statistics': ['Show what all hypervisors’ servers take together (until 2.87)'],
  'GET /os-hypervisors/:id': [
    'Show a hypervisor',
    { query: (version) => (version >= SINCE.serviceUuid ? ['with_servers'] : []) },
  ],
  'GET /os-hypervisors/:id/search': ['Find hypervisors by a part of their name (until 2.52)'],
  'GET /os-hypervisors/:id/uptime': ['501: not known here (until 2.87)'],
  'GET /os-hypervisors/:id/servers': ['Find servers by a part of their hypervisor’s name (until 2.52)'],
  'GET /os-floating-ips': ['List floating addresses, until 2.35: there are none'],
  'GET /os-aggregates': ['List aggregates: there are none'],
  'GET /os-aggregates/:id': ['404: there are none'],
  'GET /os-hosts': ['List hosts and services (until 2.42)', { query: () => ['zone'] }],
  'GET /os-hosts/:id': ['Show what the servers of a host take (until 2.42)'],
  'GET /os-server-groups': ['List server groups: there are none'],
  'GET /os-server-groups/:id': ['404: there are none'],
  'GET /extensions': ['List extensions, as before microversions'],
  'GET /extensions/:id': ['Show one of these'],
};

/** The operations of this microversion. */
export function computeOperations(version: Microversion): readonly DescribedOperation[] {
  const routes = ROUTES.filter(
    ({ since = MIN_VERSION, until = MAX_VERSION }) => version >= since && version <= until,
  );
  return [
    { method: 'get', path: '/', summary: 'List versions', open: true },
    { method: 'get', path: '/v2.1/', summary: 'Show the version: which microversions there are', open: true },
    ...routes.map(({ method, path }): DescribedOperation => {
      const [summary, { body, query } = {}] = ABOUT[`${method} ${path}`] ?? [''];
      const answers = ANSWERS[`${method} ${path}`];
      return {
        method: method.toLowerCase() as DescribedOperation['method'],
        path: `/v2.1${path.replace(/:(\w+)/g, '{$1}')}`,
        summary,
        ...(body && { body: body(version) }),
        ...(query && { query: query(version) }),
        ...(answers && { answers: answers(version) }),
      };
    }),
  ];
}
