/** The answer to a batch of reports. Its text is made in one pass, because nearly always the caller only sends it. */
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import type { Duration } from '../../domain/clock.ts';
import type { Service } from '../../domain/service.ts';

export type ServiceAnswer = ReportsAnswer['services'][number];

/** A service in the form its agent receives. */
export function reportedOf({ host, binary, forcedDown, disabled }: Service, hint: Duration): ServiceAnswer {
  return { host, binary, forced_down: forcedDown, disabled, interval_hint_ms: hint };
}

/** Most services listed for an agent that did not number its frame: as many as a host may have. */
const MOST_NAMED = 32;

export class ReportAnswer implements ReportsAnswer {
  /** By the report's position; empty where the report was rejected. */
  readonly #services: (Service | undefined)[];
  readonly #hints: Duration[];
  readonly #rejected: { index: number; error: string }[] = [];
  /** Positions of services with a flag that their agent may have to act on. */
  readonly #flagged: number[] = [];

  /** Accepted, but not passed on to the other nodes: the agent should report to another node. */
  readonly degraded?: true;

  constructor(reports: number, isDegraded = false) {
    if (isDegraded) this.degraded = true;
    this.#services = new Array(reports).fill(undefined);
    this.#hints = new Array(reports).fill(0);
  }

  accept(index: number, service: Service, hint: Duration): void {
    this.#services[index] = service;
    this.#hints[index] = hint;
    if (service.forcedDown || service.disabled) this.#flagged.push(index);
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

  /** Members of the JSON object; a numbered frame adds its own. */
  get members(): string {
    return `${this.#countsText()},"services":[${this.#servicesText()}]`;
  }

  /**
   * A shorter answer for a gateway that only reports. Of a large batch it lists only the services that are forced down
   * or disabled, and gives one next report time for all others. A hundred bytes per service would be more than the
   * report itself.
   */
  get brief(): string {
    if (this.#services.length <= MOST_NAMED) return this.members;
    const flagged = this.#flagged
      .sort((a, b) => a - b)
      .map((index) => reportedOf(this.#services[index]!, this.#hints[index]!));
    const hint = this.#services.findIndex((service) => service !== undefined);
    const next = hint === -1 ? '' : `,"interval_hint_ms":${this.#hints[hint]}`;
    return `${this.#countsText()},"services":${JSON.stringify(flagged)}${next}`;
  }

  #countsText(): string {
    const rejected = this.#rejected.length === 0 ? '[]' : JSON.stringify(this.rejected);
    const degraded = this.degraded === true ? ',"degraded":true' : '';
    return `"accepted":${this.accepted},"rejected":${rejected}${degraded}`;
  }

  /** One `ServiceAnswer` per service. Most share the middle part. Names need no escaping: see HostName. */
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
      // String concatenation takes half the time of joining an array.
      text += `${text === '' ? '' : ','}{"host":"${service.host}${middle}${this.#hints[index]}}`;
    }
    return text;
  }
}

function isAlike(a: Service, b: Service): boolean {
  return a.binary === b.binary && a.forcedDown === b.forcedDown && a.disabled === b.disabled;
}
