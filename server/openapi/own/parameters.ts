/** Query parameters that several operations share, and the values that examples use. */
import { z } from 'zod';
import { HostStatusValue } from '../../../client-sdk/protocol/items.ts';
import { STREAMS } from '../../../client-sdk/protocol/upstream.ts';

export const PAGING = {
  limit: z.int().min(1).describe('Most entries of one page; at most 1000 are given.'),
  marker: z.string().describe('`next` of the page before.'),
};

export const CREATE_MISSING = {
  create_missing: z
    .enum(['true', 'false'])
    .describe(
      'Make projects and hosts that are named and not there, instead of refusing them. For administrators.',
    ),
};

/** Parameters that filter a stream. */
export const STREAM = {
  stream: z
    .enum(STREAMS)
    .default('project')
    .describe('`project`: the servers of a project; `hosts`: every service, for operators.'),
  project_id: z.string().describe('Another project, for administrators.'),
  servers: z
    .string()
    .describe('Only these servers: ids with commas between them, or the parameter repeated.'),
  host_status: HostStatusValue.describe(
    'Only what comes from or goes to one of these, commas between them. What another status hides is sent all the same.',
  ),
};

export const SERVER_ID = '9b0cf3f8-3a5e-4d0a-8d4e-7d1c6b1f2a10';
export const SERVICE = '5d0f2c76-4c0d-4b7e-9a0f-7a3f0e5d1c22';
export const PROJECT = '3c1f9a6e5b7d4e0f8a2b6c4d1e9f7a50';
export const AT = '2026-01-31T12:00:00.000Z';
export const LATER = '2026-02-28T12:00:00.000Z';
export const CURSOR = 'Qk9vVGh…';
export const EPOCH = '6a1f0c3d~2k9x4b1qz';
