/** The answers of `/v1/drills`. */
import { z } from 'zod';
import { DRILL_STATUSES } from '../../domain/drill.ts';

const Time = z.iso.datetime();

export const Drill = z.object({
  id: z.string(),
  project_id: z.string(),
  servers: z
    .array(z.string())
    .readonly()
    .describe('Servers still in the drill: a real change takes a server out.'),
  status: z.enum(DRILL_STATUSES),
  started_by: z.string().describe('Id of the user, or of the watch key, that started it.'),
  started_at: Time,
  until: Time.describe('When it ends by itself.'),
});
export type Drill = z.output<typeof Drill>;

export const Drills = z.object({
  drills: z.array(Drill),
  next: z.string().nullable().describe('Marker of the next page; null on the last one.'),
});
