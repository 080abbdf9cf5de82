/** hostbeat's own REST API. The streams are in `/asyncapi.json`. */
import { ReportsBody } from '../../client-sdk/protocol/agent.ts';
import { ServiceSettingsBody } from '../api/services.ts';
import { WatchKeyBody } from '../api/watch-keys.ts';
import { InstanceDocument } from '../documents/schemas.ts';
import { SeedDocument } from '../seed/document.ts';
import { type DescribedOperation, described } from './described.ts';

export const OWN_OPERATIONS: readonly DescribedOperation[] = [
  described('POST /v1/reports', 'Report that services are alive', { body: ReportsBody }),
  described('POST /v1/instances', 'Declare many instances, one document a line', {
    query: ['create_missing'],
  }),
  described('GET /v1/instances/{id}', 'Show the document of an instance'),
  described('PUT /v1/instances/{id}', 'Declare an instance', { body: InstanceDocument.partial() }),
  described('DELETE /v1/instances/{id}', 'Forget an instance'),
  described('GET /v1/services', 'List services', { query: ['host', 'binary', 'limit', 'marker'] }),
  described('GET /v1/services/{uuid}', 'Show a service with how it is heard'),
  described('PUT /v1/services/{uuid}', 'Set what Nova has no field for', { body: ServiceSettingsBody }),
  described('GET /v1/hosts', 'List hosts with what is known of them'),
  described('GET /v1/status', 'Show host_status of the named servers, to tokens and watch keys', {
    query: ['servers'],
  }),
  described('POST /v1/watch-keys', 'Make a key that follows servers and does nothing else', {
    body: WatchKeyBody,
  }),
  described('GET /v1/watch-keys', "List the project's watch keys, without the keys themselves", {
    query: ['limit', 'marker', 'project_id'],
  }),
  described('DELETE /v1/watch-keys/{id}', 'Revoke a watch key, with its connections'),
  described('POST /v1/seed', 'Load a whole small cloud', {
    body: SeedDocument,
    query: ['create_missing'],
  }),
  described('GET /healthz', 'Is the process there?', { open: true }),
  described('GET /readyz', 'Can it serve?', { open: true }),
  described('GET /metrics', 'Numbers for Prometheus', { open: true }),
];
