/** `/v1/cursor-keys`: the keys that cursors are sealed with. */
import { CursorKeyList } from '../../api/answers/cursor-keys.ts';
import { RotateCursorKeyBody } from '../../api/cursor-keys.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT, LATER } from './parameters.ts';

const first = { id: 0, state: 'sealing', created_at: null, accepted_until: null };

export const CURSOR_KEY_OPERATIONS: readonly DescribedOperation[] = [
  described('GET /v1/cursor-keys', 'List the keys that cursors are sealed with, never the keys themselves', {
    description: 'For administrators.',
    answers: { 200: CursorKeyList },
    example: { answer: { cursor_keys: [first] } },
  }),
  described('POST /v1/cursor-keys', 'Seal cursors with a new key', {
    description:
      'For administrators. Every node uses it at once. Clients that are connected get new cursors with the next health frame or poll; cursors of earlier keys are accepted for the given time, and reset after it.',
    body: RotateCursorKeyBody,
    answers: { 201: CursorKeyList },
    example: {
      body: { accept_earlier_seconds: 86_400 },
      answer: {
        cursor_keys: [
          { id: 1, state: 'sealing', created_at: AT, accepted_until: null },
          { ...first, state: 'accepted', accepted_until: LATER },
        ],
      },
    },
  }),
];
