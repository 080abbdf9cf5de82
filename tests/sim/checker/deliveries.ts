/** G1, G3 for webhooks: each commit at least once, and none before those that came before it. */
import type { World } from '../world.ts';
import type { Item } from './history.ts';
import { isRendering, isSilence, placeUnknownOnly } from './views.ts';

interface Body {
  readonly type: string;
  readonly id: string;
  readonly data: { readonly project_id: string; readonly seq: number; readonly items?: readonly Item[] };
}

export class DeliveryCheck {
  readonly #world: Pick<World, 'history' | 'violations' | 'authority' | 'agenda'>;
  readonly #projectId: string;
  /** Newest item that was delivered, and of which log. */
  #reached = 0;
  #epoch: string | undefined;

  constructor(world: World, projectId: string) {
    this.#world = world;
    this.#projectId = projectId;
  }

  took({ body }: { readonly body: string }): void {
    const { history } = this.#world;
    const { type, id, data } = JSON.parse(body) as Body;
    const rows = history.rows(this.#stream);
    const [name = ''] = id.split('.');
    const [epoch] = name.split('~');
    const isNarrow = name.endsWith('~u');
    const place = isNarrow ? placeUnknownOnly(rows, data.seq) : data.seq;
    // Under way while the database was put back.
    if (epoch !== history.epoch) return;
    // A database of an earlier time goes on from where it was then, with what that time knew.
    if (this.#epoch !== epoch) {
      this.#reached = Math.min(this.#reached, place - 1);
      this.#epoch = epoch;
    }
    if (data.project_id !== this.#projectId) this.#wrong('G3', `was sent ${body}`);
    if (type === 'io.hostbeat.reset') {
      this.#reached = Math.max(this.#reached, place);
      return;
    }
    const items = rows[place - 1]?.items ?? [];
    if (!isRendering(data.items ?? [], items, { isNarrow, wanted: undefined }))
      this.#wrong('G1', `was sent ${body}, committed was ${JSON.stringify(items)}`);
    const between = rows.slice(this.#reached, place - 1);
    if (place > this.#reached + 1 && !this.#mayHaveBeenHidden(between))
      this.#wrong('G1', `was sent ${place} after ${this.#reached}`);
    this.#reached = Math.max(this.#reached, place);
  }

  /** What is still to be delivered; undefined when nothing is. */
  get missing(): string | undefined {
    const left = this.#world.history.rows(this.#stream).slice(this.#reached);
    return this.#mayHaveBeenHidden(left)
      ? undefined
      : `the endpoint of ${this.#projectId} is at ${this.#reached}`;
  }

  get #stream(): string {
    return `project:${this.#projectId}`;
  }

  #mayHaveBeenHidden(rows: Parameters<typeof isSilence>[0]): boolean {
    return isSilence(rows, { isNarrow: this.#world.authority.changedSince(1), wanted: undefined });
  }

  #wrong(rule: string, what: string): void {
    this.#world.violations.add(rule, `the endpoint of ${this.#projectId}: ${what}`);
  }
}
