/** `/v1/drills`: rehearsals. */
import { Drill, Drills } from '../../api/answers/drills.ts';
import { DrillBody } from '../../api/drills.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT, PAGING, PROJECT, SERVER_ID } from './parameters.ts';

const drill = {
  id: '0c0f7a1e-8f5b-4c57-9c1d-2f6f3f0d9b11',
  project_id: PROJECT,
  servers: [SERVER_ID],
  status: 'DOWN',
  started_by: 'a3b8d1c0',
  started_at: AT,
  until: '2026-01-31T12:01:00.000Z',
};

export const DRILL_OPERATIONS: readonly DescribedOperation[] = [
  described('POST /v1/drills', 'Rehearse a fault of some of your own servers', {
    description:
      'Only the stream of the project and its webhooks show it, as items of the kind `drill`. It ends by itself, or with the next true change of a server. For members of the project, and watch keys with the right to drills.',
    body: DrillBody,
    answers: { 201: Drill },
    example: { body: { servers: [SERVER_ID], status: 'DOWN', seconds: 60 }, answer: drill },
  }),
  described('GET /v1/drills', 'List the drills that are under way', {
    query: PAGING,
    answers: { 200: Drills },
    example: { answer: { drills: [drill], next: null } },
  }),
  described('DELETE /v1/drills/{id}', 'End a drill early', { answers: { 204: null } }),
];
