/** `/v1/reports`, `/v1/instances` and `/v1/seed`: how hosts and servers become known. */
import { ReportsAnswer, ReportsBody } from '../../../client-sdk/protocol/agent.ts';
import { ImportedLine, ImportSummary, SeedApplied } from '../../api/answers/instances.ts';
import { InstanceDocument } from '../../documents/schemas.ts';
import { SeedDocument } from '../../seed/document.ts';
import { type DescribedOperation, described } from '../described.ts';
import { CREATE_MISSING, PROJECT, SERVER_ID } from './parameters.ts';

const instance = { name: 'db-primary', project_id: PROJECT, host: 'compute-1' };
const counts = { added: 1, changed: 0, unchanged: 0 };

export const INSTANCE_OPERATIONS: readonly DescribedOperation[] = [
  described('POST /v1/reports', 'Report that services are alive', {
    description:
      'For agents. With `goodbye` these reports are the last. `interval_hint_ms` says when to report next.',
    body: ReportsBody,
    answers: { 200: ReportsAnswer },
    example: {
      body: { reports: [{ host: 'compute-1', binary: 'nova-compute' }] },
      answer: {
        accepted: 1,
        rejected: [],
        services: [
          {
            host: 'compute-1',
            binary: 'nova-compute',
            forced_down: false,
            disabled: false,
            interval_hint_ms: 10_000,
          },
        ],
      },
    },
  }),
  described('POST /v1/instances', 'Declare many servers, one document a line', {
    description:
      'Every line is answered for itself, while it is read. With `Accept: application/json` the answer is one document with the counts and the first thousand errors.',
    body: { 'application/x-ndjson': InstanceDocument },
    query: CREATE_MISSING,
    answers: { 200: { 'application/x-ndjson': ImportedLine, 'application/json': ImportSummary } },
    example: { body: { id: SERVER_ID, ...instance }, answer: { line: 1, id: SERVER_ID, outcome: 'added' } },
  }),
  described('GET /v1/instances/{id}', 'Show the document of a server', {
    answers: { 200: InstanceDocument },
    example: { answer: { id: SERVER_ID, ...instance } },
  }),
  described('PUT /v1/instances/{id}', 'Declare a server, or move it to another host', {
    description: 'What is left out stays as it is.',
    body: InstanceDocument.partial(),
    answers: { 200: InstanceDocument, 201: InstanceDocument },
    example: { body: instance, answer: { id: SERVER_ID, ...instance } },
  }),
  described('DELETE /v1/instances/{id}', 'Forget a server', { answers: { 204: null } }),
  described('POST /v1/seed', 'Load a whole small cloud', {
    description: 'Loading the document again changes nothing that is so already.',
    body: SeedDocument,
    query: CREATE_MISSING,
    answers: { 200: SeedApplied },
    example: {
      body: {
        projects: [{ id: PROJECT, name: 'demo' }],
        users: [{ name: 'alice', password: 'correct horse', roles: [{ project: 'demo', role: 'member' }] }],
        services: [{ host: 'compute-1' }],
        instances: [{ id: SERVER_ID, ...instance }],
      },
      answer: { projects: 1, users: 1, services: counts, instances: counts },
    },
  }),
];
