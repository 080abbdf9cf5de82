import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Terminal } from '../support/terminal.ts';
import type { Push } from './owner.ts';

const COLOURS: Record<HostStatus, number> = { UP: 32, UNKNOWN: 33, DOWN: 31, MAINTENANCE: 36, '': 90 };

/** What the demo prints: aligned plain lines, with colours only on a terminal that allows them. */
export class DemoPage {
  readonly #terminal: Terminal;
  #step = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  title(text: string): void {
    this.line(this.#paint(1, text));
    this.line();
  }

  line(text = ''): void {
    this.#terminal.draw(`${text}\n`);
  }

  pair(name: string, text: string): void {
    this.line(`  ${this.#paint(90, name.padEnd(8))} ${text}`);
  }

  step(text: string): void {
    this.#step += 1;
    this.line();
    this.line(this.#paint(1, `${this.#step}. ${text}`));
  }

  push({ owner, change }: Push, took: string): void {
    const server = `${owner.padEnd(6)} ${change.name.padEnd(10)}`;
    const turn = `${this.#status(change.from, 11)} → ${this.#status(change.to, 11)}`;
    this.line(`   ${server}  ${turn}  ${change.cause.padEnd(15)} ${took}`);
  }

  #status(status: HostStatus | null | undefined, width: number): string {
    const text = (status ?? '-').padEnd(width);
    return status === null || status === undefined ? text : this.#paint(COLOURS[status], text);
  }

  #paint(code: number, text: string): string {
    return this.#terminal.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
