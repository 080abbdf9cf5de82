import { type HostStatusMap, isFenceBroken, type StreamKind } from '../../../client-sdk/src/index.ts';
import type { ShowActor } from './actors.ts';
import type { Shape } from './columns.ts';
import { byId, find, make, say, timeOf } from './dom.ts';
import { labelOf, rankOf, STATUSES } from './status.ts';
import type { Why } from './why.ts';

/** Rows drawn at once. The reader finds the others by search; the worst come first anyway. */
const MAX_ROWS = 500;
const MAX_LOG = 100;

/** The fields of a state that the board itself reads; the columns read the others. */
type State = { readonly host_status?: string };

export type Past = (
  ids: readonly string[],
) => Promise<readonly { readonly at: string; readonly sentence: string }[]>;

/** One stream on the page: counts, a table, and recent changes. A burst of changes is drawn once. */
export class Board<K extends StreamKind> {
  readonly element: HTMLElement;
  readonly #map: HostStatusMap<K>;
  readonly #shape: Shape<never, never>;
  readonly #past: Past | undefined;
  readonly #why: Why;
  readonly #showActor: ShowActor;
  readonly #buttons = new Map<string, HTMLButtonElement>();
  #only: string | undefined;
  #search = '';
  #drawing = false;

  /** @param past recorded changes of these servers, newest first; undefined where history is not kept by server */
  constructor(
    map: HostStatusMap<K>,
    shape: Shape<never, never>,
    { why, past, showActor }: { readonly why: Why; readonly showActor: ShowActor; readonly past?: Past },
  ) {
    this.#map = map;
    this.#why = why;
    this.#showActor = showActor;
    this.#past = past;
    this.#shape = shape;
    const fragment = byId<HTMLTemplateElement>('board').content.cloneNode(true) as DocumentFragment;
    this.element = find(fragment, 'section');
    find(fragment, 'h2').textContent = shape.title;
    find(fragment, '.scroll').ariaLabel = shape.title;
    for (const column of shape.columns) {
      const head = make('th', column);
      head.scope = 'col';
      find(fragment, 'thead tr').append(head);
    }
    find(fragment, 'thead tr').append(make('td'));
    for (const status of Object.keys(STATUSES)) this.#addButton(status);
    find<HTMLInputElement>(fragment, 'input').addEventListener('input', ({ target }) => {
      this.#search = (target as HTMLInputElement).value.trim().toLowerCase();
      this.draw();
    });
    map.client.on('snapshot', () => {
      this.draw();
      void this.#recall();
    });
    map.client.on('reset', ({ reason }) => {
      this.#log(new Date().toISOString(), `everything was read again (${reason})`);
      this.draw();
    });
    map.client.on('change', (change) => {
      this.#log(change.at, shape.sentence(change as never), shape.actor(change as never));
      this.draw();
    });
    map.on('stale', () => this.draw());
    this.draw();
  }

  draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    // A timer, not animation frames: a hidden page has no frames and must be right the moment it is seen. Often enough for an
    // eye, rarely enough for thousands of servers that change at once.
    setTimeout(() => {
      this.#drawing = false;
      this.#drawNow();
    }, 50);
  }

  #drawNow(): void {
    const all = [...this.#map.values()] as unknown as State[];
    for (const [status, button] of this.#buttons) {
      const count = all.filter(({ host_status }) => host_status === status).length;
      say(button, `${labelOf(status)} ${count}`);
      button.ariaPressed = String(status === this.#only);
    }
    const chosen = all
      .map((state) => ({
        state,
        text: this.#shape.text(state as never),
        rank: isFenceBroken(state as never) ? -1 : rankOf(state.host_status),
      }))
      .filter(
        ({ state, text }) =>
          (this.#only === undefined || state.host_status === this.#only) &&
          text.toLowerCase().includes(this.#search),
      )
      .sort((a, b) => a.rank - b.rank || (a.text < b.text ? -1 : 1));
    find(this.element, 'tbody').replaceChildren(
      ...chosen.slice(0, MAX_ROWS).map(({ state }) => this.#row(state)),
    );
    this.element.classList.toggle('stale', this.#map.stale);
    const hidden = all.length - chosen.length;
    const { noun } = this.#shape;
    const nouns = chosen.length === 1 ? noun : `${noun}s`;
    const left = hidden > 0 ? `, ${hidden} more not chosen` : '';
    say(
      find(this.element, 'caption'),
      all.length === 0 ? `No ${noun}s.` : `${chosen.length} ${nouns}${left}, worst first`,
    );
    const more = find(this.element, '.more');
    more.hidden = chosen.length <= MAX_ROWS;
    say(more, `${chosen.length - MAX_ROWS} more are not shown: search for them.`);
  }

  /** A row that is not UP can be explained; the answer is one line about what happened. */
  #row(state: State): HTMLTableRowElement {
    const line = row(this.#shape.cells(state as never));
    if (state.host_status === 'UP' || state.host_status === '') return line;
    const button = make('button', 'Why?', 'why');
    button.type = 'button';
    button.addEventListener('click', () => void this.#explain(state));
    const cell = make('td');
    cell.append(button);
    line.append(cell);
    return line;
  }

  async #explain(state: State): Promise<void> {
    const why = await this.#why(this.#shape.explanation(state as never)).catch(
      () => 'the server could not be asked',
    );
    this.#log(new Date().toISOString(), `${this.#shape.name(state as never)}: ${why}`);
  }

  #addButton(status: string): void {
    const button = make('button', '', status.toLowerCase());
    button.type = 'button';
    button.addEventListener('click', () => {
      this.#only = this.#only === status ? undefined : status;
      this.draw();
    });
    this.#buttons.set(status, button);
    find(this.element, '.counts').append(button);
  }

  /** Recorded changes from before the page was opened, below those that came since. */
  async #recall(): Promise<void> {
    const past = await this.#past?.([...this.#map].map(([id]) => id)).catch(() => []);
    for (const { at, sentence } of past ?? []) this.#line(at, sentence, false);
  }

  #log(at: string, text: string, actor?: string): void {
    this.#line(at, text, true, actor);
  }

  #line(at: string, text: string, isNew: boolean, actor?: string): void {
    const log = find(this.element, '.log');
    if (!isNew && log.childElementCount >= MAX_LOG) return;
    const line = make('li');
    line.append(timeOf(at), text);
    if (actor !== undefined) {
      const name = make('span');
      line.append(', by ', name);
      this.#showActor(name, actor);
    }
    if (isNew) log.prepend(line);
    else log.append(line);
    if (log.childElementCount > MAX_LOG) log.lastElementChild?.remove();
  }
}

function row(cells: readonly (string | Node)[]): HTMLTableRowElement {
  const line = make('tr');
  cells.forEach((content, index) => {
    const cell = make(index === 0 ? 'th' : 'td');
    if (cell instanceof HTMLTableCellElement && index === 0) cell.scope = 'row';
    cell.append(content);
    line.append(cell);
  });
  return line;
}
