/** Every path of the API. Other paths are answered as Nova's router answers them. */
import type { Operation } from './call.ts';
import {
  listAggregates,
  listFloatingIps,
  listServerGroups,
  showAggregate,
  showServerGroup,
} from './inventory/empty-lists.ts';
import { listExtensions, showExtension } from './inventory/extensions.ts';
import {
  listExtraSpecs,
  listFlavors,
  listFlavorsInDetail,
  showExtraSpec,
  showFlavor,
} from './inventory/flavors.ts';
import { listHosts, showHost } from './inventory/hosts.ts';
import {
  listHypervisors,
  listHypervisorsInDetail,
  listServersOfHypervisors,
  searchHypervisors,
  showHypervisor,
  showStatistics,
  showUptime,
} from './inventory/hypervisors.ts';
import { listInstanceActions, showInstanceAction } from './inventory/instance-actions.ts';
import { showLimits } from './inventory/limits.ts';
import { listZones, listZonesInDetail } from './inventory/zones.ts';
import { SINCE, type VersionRange } from './microversions.ts';
import { actOnServer } from './servers/actions/act.ts';
import { listAddresses, showAddresses } from './servers/addresses.ts';
import { createServer } from './servers/create/create.ts';
import { deleteServer } from './servers/delete.ts';
import { listServers, listServersInDetail } from './servers/list/list.ts';
import {
  addMetadata,
  deleteMetadata,
  listMetadata,
  putMetadata,
  replaceMetadata,
  showMetadata,
} from './servers/metadata.ts';
import { showServer } from './servers/show.ts';
import { deleteTag, deleteTags, listTags, putTag, replaceTags, showTag } from './servers/tags.ts';
import { updateServer } from './servers/update.ts';
import { deleteService } from './services/delete.ts';
import { listServices } from './services/list.ts';
import { updateService } from './services/update.ts';

export interface Route extends VersionRange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly operation: Operation;
}

const TAGS = { since: SINCE.tags };
/** Until `os-services` and `os-hypervisors` replaced it. */
const HOSTS = { until: SINCE.noHosts - 1 };
/** Until only the network service had networks. */
const NETWORKS = { until: SINCE.noNetworkLimits - 1 };
/** Until they became parameters of the list. */
const BY_NAME = { until: SINCE.serviceUuid - 1 };
const SIZES = { until: SINCE.hypervisorsWithoutSizes - 1 };

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/os-services', operation: listServices },
  { method: 'PUT', path: '/os-services/:id', operation: updateService },
  { method: 'DELETE', path: '/os-services/:id', operation: deleteService },

  { method: 'GET', path: '/servers', operation: listServers },
  // Must stand before `:id`, which would match it.
  { method: 'GET', path: '/servers/detail', operation: listServersInDetail },
  { method: 'GET', path: '/servers/:id', operation: showServer },
  { method: 'POST', path: '/servers', operation: createServer },
  { method: 'PUT', path: '/servers/:id', operation: updateServer },
  { method: 'DELETE', path: '/servers/:id', operation: deleteServer },
  { method: 'POST', path: '/servers/:id/action', operation: actOnServer },
  { method: 'GET', path: '/servers/:id/metadata', operation: listMetadata },
  { method: 'POST', path: '/servers/:id/metadata', operation: addMetadata },
  { method: 'PUT', path: '/servers/:id/metadata', operation: replaceMetadata },
  { method: 'GET', path: '/servers/:id/metadata/:key', operation: showMetadata },
  { method: 'PUT', path: '/servers/:id/metadata/:key', operation: putMetadata },
  { method: 'DELETE', path: '/servers/:id/metadata/:key', operation: deleteMetadata },
  { method: 'GET', path: '/servers/:id/ips', operation: listAddresses },
  { method: 'GET', path: '/servers/:id/ips/:key', operation: showAddresses },
  { method: 'GET', path: '/servers/:id/tags', operation: listTags, ...TAGS },
  { method: 'PUT', path: '/servers/:id/tags', operation: replaceTags, ...TAGS },
  { method: 'DELETE', path: '/servers/:id/tags', operation: deleteTags, ...TAGS },
  { method: 'GET', path: '/servers/:id/tags/:key', operation: showTag, ...TAGS },
  { method: 'PUT', path: '/servers/:id/tags/:key', operation: putTag, ...TAGS },
  { method: 'DELETE', path: '/servers/:id/tags/:key', operation: deleteTag, ...TAGS },
  { method: 'GET', path: '/servers/:id/os-instance-actions', operation: listInstanceActions },
  { method: 'GET', path: '/servers/:id/os-instance-actions/:key', operation: showInstanceAction },

  { method: 'GET', path: '/flavors', operation: listFlavors },
  { method: 'GET', path: '/flavors/detail', operation: listFlavorsInDetail },
  { method: 'GET', path: '/flavors/:id', operation: showFlavor },
  { method: 'GET', path: '/flavors/:id/os-extra_specs', operation: listExtraSpecs },
  { method: 'GET', path: '/flavors/:id/os-extra_specs/:key', operation: showExtraSpec },
  { method: 'GET', path: '/limits', operation: showLimits },
  { method: 'GET', path: '/os-availability-zone', operation: listZones },
  { method: 'GET', path: '/os-availability-zone/detail', operation: listZonesInDetail },
  { method: 'GET', path: '/os-hypervisors', operation: listHypervisors },
  { method: 'GET', path: '/os-hypervisors/detail', operation: listHypervisorsInDetail },
  { method: 'GET', path: '/os-hypervisors/statistics', operation: showStatistics, ...SIZES },
  { method: 'GET', path: '/os-hypervisors/:id', operation: showHypervisor },
  { method: 'GET', path: '/os-hypervisors/:id/search', operation: searchHypervisors, ...BY_NAME },
  { method: 'GET', path: '/os-hypervisors/:id/uptime', operation: showUptime, ...SIZES },
  { method: 'GET', path: '/os-hypervisors/:id/servers', operation: listServersOfHypervisors, ...BY_NAME },
  { method: 'GET', path: '/os-aggregates', operation: listAggregates },
  { method: 'GET', path: '/os-aggregates/:id', operation: showAggregate },
  { method: 'GET', path: '/os-floating-ips', operation: listFloatingIps, ...NETWORKS },
  { method: 'GET', path: '/os-hosts', operation: listHosts, ...HOSTS },
  { method: 'GET', path: '/os-hosts/:id', operation: showHost, ...HOSTS },
  { method: 'GET', path: '/os-server-groups', operation: listServerGroups },
  { method: 'GET', path: '/os-server-groups/:id', operation: showServerGroup },
  { method: 'GET', path: '/extensions', operation: listExtensions },
  { method: 'GET', path: '/extensions/:id', operation: showExtension },
];
