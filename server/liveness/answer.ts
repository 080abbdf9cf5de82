/** What a batch of reports came to. Its services are kept as the text they are sent as, because nearly always that is all. */
import type { ReportsAnswer } from '../../client-sdk/protocol/agent.ts';
import type { Duration } from '../domain/clock.ts';
import type { Service } from '../domain/service.ts';

/** JSON of a `ReportedService`. A host's name needs no quoting: see HostName. */
export function reportedText({ host, binary, forcedDown, disabled }: Service, hint: Duration): string {
  return `{"host":"${host}","binary":${quoted(binary)},"forced_down":${forcedDown},"disabled":${disabled},"interval_hint_ms":${hint}}`;
}

export class Answer implements ReportsAnswer {
  readonly accepted: number;
  readonly rejected: ReportsAnswer['rejected'];
  readonly #services: readonly string[];

  constructor(services: readonly string[], rejected: ReportsAnswer['rejected']) {
    this.accepted = services.length;
    this.rejected = rejected;
    this.#services = services;
  }

  get services(): ReportsAnswer['services'] {
    return JSON.parse(`[${this.#services.join()}]`);
  }

  /** The members of the JSON object, to which a frame adds its own. */
  get members(): string {
    const rejected = this.rejected.length === 0 ? '[]' : JSON.stringify(this.rejected);
    return `"accepted":${this.accepted},"rejected":${rejected},"services":[${this.#services.join()}]`;
  }
}

/** There are few kinds of services. */
let last = { binary: '', text: '""' };

function quoted(binary: string): string {
  if (last.binary !== binary) last = { binary, text: JSON.stringify(binary) };
  return last.text;
}
