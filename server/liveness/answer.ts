/** What a batch of reports came to. Its text is made at once for all of it: nearly always it is only sent. */
import type { ReportsAnswer } from '../../client-sdk/protocol/agent.ts';
import type { Duration } from '../domain/clock.ts';
import type { Service } from '../domain/service.ts';

export type Reported = ReportsAnswer['services'][number];

/** A service as its agent is told of it. */
export function reportedOf({ host, binary, forcedDown, disabled }: Service, hint: Duration): Reported {
  return { host, binary, forced_down: forcedDown, disabled, interval_hint_ms: hint };
}

export class Answer implements ReportsAnswer {
  /** By the report's position; what is empty was rejected. */
  readonly #services: (Service | undefined)[];
  readonly #hints: Duration[];
  readonly #rejected: { index: number; error: string }[] = [];

  constructor(reports: number) {
    this.#services = new Array(reports).fill(undefined);
    this.#hints = new Array(reports).fill(0);
  }

  accept(index: number, service: Service, hint: Duration): void {
    this.#services[index] = service;
    this.#hints[index] = hint;
  }

  reject(index: number, error: string): void {
    this.#rejected.push({ index, error });
  }

  get accepted(): number {
    return this.#services.length - this.#rejected.length;
  }

  get rejected(): ReportsAnswer['rejected'] {
    return this.#rejected.sort((a, b) => a.index - b.index);
  }

  get services(): ReportsAnswer['services'] {
    return this.#services.flatMap((service, index) =>
      service === undefined ? [] : [reportedOf(service, this.#hints[index]!)],
    );
  }

  /** The members of the JSON object, to which a frame adds its own. */
  get members(): string {
    const rejected = this.#rejected.length === 0 ? '[]' : JSON.stringify(this.rejected);
    return `"accepted":${this.accepted},"rejected":${rejected},"services":[${this.#servicesText()}]`;
  }

  /** Of each its `Reported`. Most have in common what stands in the middle. A name needs no quoting: see HostName. */
  #servicesText(): string {
    let text = '';
    let like: Service | undefined;
    let middle = '';
    for (let index = 0; index < this.#services.length; index++) {
      const service = this.#services[index];
      if (service === undefined) continue;
      if (like === undefined || !isAlike(service, like)) {
        like = service;
        middle = `","binary":${JSON.stringify(service.binary)},"forced_down":${service.forcedDown},"disabled":${service.disabled},"interval_hint_ms":`;
      }
      // Added up it costs half of what joining an array does.
      text += `${text === '' ? '' : ','}{"host":"${service.host}${middle}${this.#hints[index]}}`;
    }
    return text;
  }
}

function isAlike(a: Service, b: Service): boolean {
  return a.binary === b.binary && a.forcedDown === b.forcedDown && a.disabled === b.disabled;
}
