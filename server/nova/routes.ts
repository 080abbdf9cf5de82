/** Every path of the API. What is not here is no path of ours, and is answered as Nova's router answers. */
import type { Operation } from './call.ts';
import { actOnServer } from './servers/act.ts';
import { createServer } from './servers/create.ts';
import { deleteServer } from './servers/delete.ts';
import { listServers, listServersInDetail } from './servers/list.ts';
import { showServer } from './servers/show.ts';
import { updateServer } from './servers/update.ts';
import { deleteService } from './services/delete.ts';
import { listServices } from './services/list.ts';
import { updateService } from './services/update.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly operation: Operation;
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/os-services', operation: listServices },
  { method: 'PUT', path: '/os-services/:id', operation: updateService },
  { method: 'DELETE', path: '/os-services/:id', operation: deleteService },

  { method: 'GET', path: '/servers', operation: listServers },
  // Before `:id`, which would match it.
  { method: 'GET', path: '/servers/detail', operation: listServersInDetail },
  { method: 'GET', path: '/servers/:id', operation: showServer },
  { method: 'POST', path: '/servers', operation: createServer },
  { method: 'PUT', path: '/servers/:id', operation: updateServer },
  { method: 'DELETE', path: '/servers/:id', operation: deleteServer },
  { method: 'POST', path: '/servers/:id/action', operation: actOnServer },
];
