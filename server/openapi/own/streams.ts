/** The stream, and the same without a WebSocket. The frames are in `/asyncapi.json`. */
import { z } from 'zod';
import { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import {
  HistoryPage,
  PolledChanges,
  PolledSnapshot,
  PollReset,
  Statuses,
} from '../../../client-sdk/protocol/polling.ts';
import { AGENT_SUBPROTOCOL, SUBPROTOCOL } from '../../../client-sdk/protocol/version.ts';
import { ServerExplanation } from '../../api/answers/explain.ts';
import { TicketAnswer } from '../../identity/tokens/tickets.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT, CURSOR, EPOCH, SERVER_ID, STREAM } from './parameters.ts';

const facts = { forced_down: true, disabled: false, live: false };
const host_id = 'b1d5781111d84f7b3fe45a0852e59758cd7a87e5b4f1d0c9d0b6c6a5';
const health = { now: AT, observer: 'ok', observing_since: AT };
const change = {
  kind: 'transition',
  server_id: SERVER_ID,
  name: 'db-primary',
  from: 'UNKNOWN',
  to: 'DOWN',
  host_id,
  facts,
  cause: 'forced_down',
  at: AT,
  fence: 'confirmed',
};

export const STREAM_OPERATIONS: readonly DescribedOperation[] = [
  described('GET /v1/stream', 'Follow a stream over a WebSocket', {
    description: `A WebSocket with the subprotocol \`${SUBPROTOCOL}\`; its frames are in /asyncapi.json. Browsers bring the token as a second subprotocol, \`bearer.…\` or \`ticket.…\`. Another request gets 426.`,
    answers: { 101: null },
  }),
  described('GET /v1/events', 'Follow a stream as Server-Sent Events', {
    description:
      'The frames of the WebSocket: `event` is the type, `id` the cursor, `data` the frame. A returning reader sends its last `id` as `Last-Event-ID`, or as `cursor`.',
    query: { ...STREAM, cursor: z.string().describe('Where to go on; the present state without it.') },
    answers: { 200: { 'text/event-stream': Downstream } },
    example: {
      answer: { type: 'event', stream: 'project', cursor: CURSOR, epoch: EPOCH, seq: 42, items: [change] },
    },
  }),
  described('GET /v1/changes', 'Ask for what came after a cursor, and wait for it', {
    description:
      'Without `after` the answer is the present state with a cursor. Each answer has the cursor to ask with next. 410: the cursor cannot be resumed from; ask without one.',
    query: {
      after: z.string().describe('The cursor of the answer before.'),
      wait: z.number().min(0).default(0).describe('Seconds to wait for a change; at most 55 are waited.'),
      ...STREAM,
    },
    answers: { 200: z.union([PolledChanges, PolledSnapshot]), 410: PollReset },
    example: {
      answer: {
        how: 'resumed',
        cursor: CURSOR,
        epoch: EPOCH,
        seq: 42,
        items: [{ epoch: EPOCH, seq: 42, ...change }],
        more: false,
        health,
      },
    },
  }),
  described('GET /v1/history', 'List what happened to a server, newest first', {
    query: {
      server: z.string().describe('Id of the server.'),
      limit: z.int().min(1).max(1_000).default(100).describe('Most entries of one page.'),
      before: z.string().describe('`next` of the page before.'),
    },
    required: ['server'],
    answers: { 200: HistoryPage },
    example: { answer: { server_id: SERVER_ID, items: [{ ...change, epoch: EPOCH, seq: 42 }], next: null } },
  }),
  described('GET /v1/explain', 'Explain to its owner why a server was shown as it was', {
    query: {
      server: z.string().describe('Id of the server.'),
      at: z.iso.datetime().describe('The moment to explain; now, without it.'),
    },
    required: ['server'],
    answers: { 200: ServerExplanation },
    example: {
      answer: {
        server_id: SERVER_ID,
        at: AT,
        host_status: 'DOWN',
        verdict: {
          code: 'forced_down',
          doubtful: false,
          text: 'Its host was declared down at 2026-01-31T12:00:00.000Z. hostbeat never calls a host DOWN by itself.',
        },
        observer: [{ at: AT, state: 'ok', code: null }],
        changes: [{ ...change, seq: 42 }],
        delivery: { seq: 42, sent: 0, waiting: 0, acknowledged: 0, to: [], webhooks: [] },
      },
    },
  }),
  described('GET /v1/status', 'Show host_status of the named servers', {
    description: 'The smallest read, for tokens and watch keys.',
    query: { servers: z.string().describe('Ids, commas between them; 1 to 100.') },
    required: ['servers'],
    answers: { 200: Statuses },
    example: {
      answer: {
        servers: [
          {
            server_id: SERVER_ID,
            name: 'db-primary',
            host_status: 'DOWN',
            host_id,
            since: AT,
            facts,
            fence: 'confirmed',
          },
        ],
        unknown: [],
        health,
      },
    },
  }),
  described('POST /v1/tickets', 'Make a ticket for the WebSocket of a browser', {
    description: 'It opens one connection, within 30 seconds.',
    answers: { 201: TicketAnswer },
    example: { answer: { ticket: 'hbk_…', expires_at: AT } },
  }),
  described('GET /v1/agent', 'Report over a WebSocket', {
    description: `A WebSocket with the subprotocol \`${AGENT_SUBPROTOCOL}\`, for agents; its frames are in /asyncapi.json. Another request gets 426.`,
    answers: { 101: null },
  }),
];
