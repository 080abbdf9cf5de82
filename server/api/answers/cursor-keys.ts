/** The answers of `/v1/cursor-keys`. */
import { z } from 'zod';

export const CursorKeyAnswer = z.object({
  id: z.int().describe('0: the key that the database was made with.'),
  state: z
    .enum(['sealing', 'accepted', 'expired'])
    .describe('Whether it seals cursors, opens those that it sealed, or does neither.'),
  created_at: z.iso.datetime().nullable().describe('Null: with the database.'),
  accepted_until: z.iso.datetime().nullable().describe('Null: no rotation has set an end.'),
});
export type CursorKeyAnswer = z.output<typeof CursorKeyAnswer>;

export const CursorKeyList = z.object({ cursor_keys: z.array(CursorKeyAnswer).describe('Newest first.') });
export type CursorKeyList = z.output<typeof CursorKeyList>;
