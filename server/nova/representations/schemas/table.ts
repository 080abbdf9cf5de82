/** The successful answer of each operation, at a version. */
import { z } from 'zod';
import { type Microversion, SINCE } from '../../microversions.ts';
import { type Answers, listOf, MaybeText, NO_BODY, oneOf, Text, Words } from './common.ts';
import * as neighbours from './inventory.ts';
import { CreatedServer, ServerAnswer, ServerLine } from './server.ts';
import { ChangedService, ServiceAnswer } from './service.ts';

type AnswersAt = (version: Microversion) => Answers;

const METADATA = oneOf('metadata', Words);
const META = oneOf('meta', Words);
const TAGS = oneOf('tags', z.array(Text));
const ADDRESSES = z.array(z.strictObject({ version: z.union([z.literal(4), z.literal(6)]), addr: Text }));
const SPECS = oneOf('extra_specs', Words);

export const ANSWERS: Readonly<Record<string, AnswersAt>> = {
  'GET /os-services': (version) => listOf('services', ServiceAnswer(version)),
  'PUT /os-services/:id': (version) => oneOf('service', ChangedService(version)),
  'DELETE /os-services/:id': () => NO_BODY,

  'GET /servers': () => listOf('servers', ServerLine, 'servers_links'),
  'GET /servers/detail': (version) => listOf('servers', ServerAnswer(version, 'detail'), 'servers_links'),
  'GET /servers/:id': (version) => oneOf('server', ServerAnswer(version, 'show')),
  'POST /servers': () => ({ 202: CreatedServer }),
  'PUT /servers/:id': (version) => oneOf('server', ServerAnswer(version, 'update')),
  'DELETE /servers/:id': () => NO_BODY,
  'POST /servers/:id/action': (version) => ({
    // An evacuation; all other actions answer 202, and only a rebuild has a body.
    200: version < SINCE.evacuateWithoutStorage ? z.strictObject({ adminPass: MaybeText }) : null,
    202: z.strictObject({ server: ServerAnswer(version, 'rebuild') }).optional(),
  }),
  'GET /servers/:id/metadata': () => METADATA,
  'POST /servers/:id/metadata': () => METADATA,
  'PUT /servers/:id/metadata': () => METADATA,
  'GET /servers/:id/metadata/:key': () => META,
  'PUT /servers/:id/metadata/:key': () => META,
  'DELETE /servers/:id/metadata/:key': () => NO_BODY,
  'GET /servers/:id/ips': () => oneOf('addresses', z.record(Text, ADDRESSES)),
  'GET /servers/:id/ips/:key': () => ({ 200: z.record(Text, ADDRESSES) }),
  'GET /servers/:id/tags': () => TAGS,
  'PUT /servers/:id/tags': () => TAGS,
  'DELETE /servers/:id/tags': () => NO_BODY,
  'GET /servers/:id/tags/:key': () => NO_BODY,
  'PUT /servers/:id/tags/:key': () => ({ 201: null, 204: null }),
  'DELETE /servers/:id/tags/:key': () => NO_BODY,
  'GET /servers/:id/os-instance-actions': (version) => {
    const links = version >= SINCE.actionsPaged ? 'links' : undefined;
    return listOf('instanceActions', neighbours.ActionAnswer(version, 'list'), links);
  },
  'GET /servers/:id/os-instance-actions/:key': (version) =>
    oneOf('instanceAction', neighbours.ActionAnswer(version, 'show')),

  'GET /flavors': (version) => listOf('flavors', neighbours.FlavorLine(version), 'flavors_links'),
  'GET /flavors/detail': (version) => listOf('flavors', neighbours.FlavorAnswer(version), 'flavors_links'),
  'GET /flavors/:id': (version) => oneOf('flavor', neighbours.FlavorAnswer(version)),
  'GET /flavors/:id/os-extra_specs': () => SPECS,
  'GET /flavors/:id/os-extra_specs/:key': () => ({ 200: Words }),
  'GET /limits': (version) => oneOf('limits', neighbours.LimitsAnswer(version)),
  'GET /os-availability-zone': () => listOf('availabilityZoneInfo', neighbours.ZoneLine),
  'GET /os-availability-zone/detail': () => listOf('availabilityZoneInfo', neighbours.ZoneAnswer),
  'GET /os-hypervisors': (version) => hypervisors(version, neighbours.HypervisorLine(version)),
  'GET /os-hypervisors/detail': (version) => hypervisors(version, neighbours.HypervisorAnswer(version)),
  'GET /os-hypervisors/statistics': () => oneOf('hypervisor_statistics', neighbours.Statistics),
  'GET /os-hypervisors/:id': (version) => oneOf('hypervisor', neighbours.HypervisorAnswer(version)),
  'GET /os-hypervisors/:id/search': (version) => listOf('hypervisors', neighbours.HypervisorLine(version)),
  'GET /os-hypervisors/:id/uptime': () => ({}),
  'GET /os-hypervisors/:id/servers': (version) => listOf('hypervisors', neighbours.HypervisorLine(version)),
  'GET /os-floating-ips': () => listOf('floating_ips', z.never()),
  'GET /os-aggregates': () => listOf('aggregates', z.never()),
  'GET /os-aggregates/:id': () => ({}),
  'GET /os-hosts': () => listOf('hosts', neighbours.HostLine),
  'GET /os-hosts/:id': () => listOf('host', neighbours.HostResource),
  'GET /os-server-groups': () => listOf('server_groups', z.never()),
  'GET /os-server-groups/:id': () => ({}),
  'GET /extensions': () => listOf('extensions', neighbours.Extension),
  'GET /extensions/:id': () => oneOf('extension', neighbours.Extension),
};

function hypervisors(version: Microversion, item: z.ZodType): Answers {
  return listOf('hypervisors', item, version >= SINCE.hypervisorsPaged ? 'hypervisors_links' : undefined);
}
