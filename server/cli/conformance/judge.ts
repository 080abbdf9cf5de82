/** Plays one scenario against a client, and says whether the client did what the scenario requires. */
import { ClientOutput } from './client-output.ts';
import { same } from './compare.ts';
import type { Json, Scenario } from './scenario.ts';
import { type ClientConnection, type ClientLine, type ScriptedAnswer, Stage } from './stage.ts';
import type { Setup, Subject } from './subject.ts';
import { pause } from './waiting.ts';

export interface ScenarioVerdict {
  readonly name: string;
  readonly passed: boolean;
  /** The requirements that the client broke, with their steps; empty if it passed. */
  readonly why: string;
}

/** @param patience milliseconds that each step may take */
export async function judge(
  scenario: Scenario,
  subject: Subject,
  patience: number,
): Promise<ScenarioVerdict> {
  const stages = await stagesOf(scenario);
  const play = new Play(scenario, stages, subject, patience);
  try {
    await play.run();
    return { name: scenario.name, passed: true, why: '' };
  } catch (error) {
    return { name: scenario.name, passed: false, why: `step ${play.step}: ${(error as Error).message}` };
  } finally {
    await play.end();
    for (const stage of stages) stage.close();
  }
}

async function stagesOf({ nodes }: Scenario): Promise<readonly Stage[]> {
  const arrivals: ClientConnection[] = [];
  return Promise.all(Array.from({ length: nodes }, (_, n) => Stage.open(n + 1, arrivals)));
}

/**
 * The start of a program may take this many times as long as a step: some runtimes are slow, and several start at once.
 */
const START_PATIENCE = 6;

class Play {
  step = 0;
  readonly #scenario: Scenario;
  readonly #stages: readonly Stage[];
  readonly #subject: Subject;
  readonly #output: ClientOutput;
  #line: ClientLine | undefined;
  #poll: ClientConnection | undefined;
  #id = 'stream';
  #endedAt = 0;
  /** The client was started, and has not connected yet. */
  #isStarting = false;
  #stop: () => Promise<void> | void = () => undefined;

  constructor(scenario: Scenario, stages: readonly Stage[], subject: Subject, patience: number) {
    this.#scenario = scenario;
    this.#stages = stages;
    this.#subject = subject;
    const mayStop = scenario.steps.some((step) => 'stopped' in ((step.decide ?? {}) as Json));
    this.#output = new ClientOutput(patience, mayStop);
    for (const stage of stages) stage.onNews = () => this.#output.waiting.wake();
  }

  async run(): Promise<void> {
    this.#start(undefined);
    for (const step of this.#scenario.steps) {
      this.step += 1;
      await this.#play(step);
    }
    await this.#output.staysSilent(50, 'decided what nothing asked for');
  }

  async end(): Promise<void> {
    await this.#stop();
  }

  async #play(step: Json): Promise<void> {
    const [[what, value] = ['', {}]] = Object.entries(step);
    await this.#do(what, value as never);
    if (this.#output.fault !== undefined) throw new Error(this.#output.fault);
  }

  #start(cursor: string | undefined): void {
    this.#isStarting = true;
    const setup: Setup = {
      url: this.#stages.map(({ url }) => url).join(','),
      transport: this.#scenario.transport,
      tokens: this.#scenario.tokens,
      tokenIn: this.#scenario.tokenIn,
      cursor,
      tokenTimeoutMs: 300,
    };
    this.#stop = this.#subject(setup, (line) => this.#output.take(line));
  }

  async #do(what: string, value: unknown): Promise<void> {
    const fields = value as Json;
    const ms = Number(value);
    const { waiting } = this.#output;
    switch (what) {
      case 'connect':
        return this.#connect(fields);
      case 'answer':
        (await this.#arrival('an attempt', fields)).answer(fields as unknown as ScriptedAnswer);
        return this.#ended();
      case 'expect':
        return this.#expect(fields);
      case 'send':
        return this.#send(fields);
      case 'raw':
        return this.#line?.send(String(value));
      case 'split':
      case 'crlf':
        return this.#sendBytes(what, fields);
      case 'close':
        this.#line?.close(Number(fields.code), String(fields.reason));
        return this.#ended();
      case 'cut':
        this.#line?.cut();
        return this.#ended();
      case 'ended':
        await waiting.until('the end of the connection', () => this.#line?.isOver || undefined, ms);
        return this.#ended();
      case 'delay':
        return pause(ms);
      case 'silent':
        return this.#output.staysSilent(ms);
      case 'may':
        return this.#may(value as readonly Json[]);
      case 'absent':
        return this.#absent(ms);
      case 'decide':
        return this.#output.decides(fields);
      case 'printed':
        await waiting.until(`the cursor ${String(value)}`, () => this.#output.cursor === value || undefined);
        return;
      case 'kill':
        await this.#stop();
        this.#ended();
        return this.#start(this.#output.cursor);
      case 'replay':
        return this.#replay(value as readonly Json[]);
      case 'poll':
        return this.#expectPoll(fields);
      case 'reply':
        this.#poll?.answer({ status: Number(fields.status), body: JSON.stringify(fields.body) });
        return;
      default:
        throw new Error(`the scenario has a step "${what}" that this server does not know`);
    }
  }

  /** Plays these steps if the client connects again; a client that has stopped need not. */
  async #may(steps: readonly Json[]): Promise<void> {
    const { waiting } = this.#output;
    const connects = () => this.#arrivals.length > 0 || undefined;
    await waiting.until(
      'a connection, or that it stops',
      () => connects() ?? (this.#output.isStopped || undefined),
    );
    if (connects()) for (const step of steps) await this.#play(step);
  }

  /** The client has stopped for good. */
  async #absent(ms: number): Promise<void> {
    await pause(ms);
    if (this.#arrivals.length > 0) throw new Error('it connected again after it had stopped');
  }

  /** Connections at all nodes, in order of arrival. */
  get #arrivals(): ClientConnection[] {
    return this.#stages[0]?.arrivals ?? [];
  }

  #ended(): void {
    this.#endedAt = performance.now();
  }

  async #arrival(what: string, wanted: Json): Promise<ClientConnection> {
    const { waiting } = this.#output;
    const [least, most] = (wanted.after ?? [0, waiting.patience]) as readonly [number, number];
    const longest = Math.max(most, waiting.patience * (this.#isStarting ? START_PATIENCE : 1));
    const arrival = await waiting.until(what, () => this.#arrivals.shift(), longest);
    this.#isStarting = false;
    const waited = arrival.at - this.#endedAt;
    if (wanted.after !== undefined && (waited < least || waited > most)) {
      throw new Error(`it came after ${Math.round(waited)} ms: allowed are ${least} to ${most}`);
    }
    if (wanted.node !== undefined) same('the node', arrival.node, wanted.node);
    if (arrival.kind !== this.#scenario.transport) throw new Error(`it came by ${arrival.kind}`);
    const { headers } = arrival.request;
    if (wanted.token !== undefined) same('the token', headers['x-auth-token'], wanted.token);
    if ('cursor' in wanted) same('the cursor', headers['last-event-id'], wanted.cursor);
    const protocols = headers['sec-websocket-protocol']?.split(/, */);
    if (wanted.protocols !== undefined) same('the subprotocols', protocols, wanted.protocols);
    else if (arrival.kind === 'websocket' && !protocols?.includes('hostbeat.v1')) {
      throw new Error('it does not offer the subprotocol hostbeat.v1');
    }
    return arrival;
  }

  async #connect(wanted: Json): Promise<void> {
    this.#line = (await this.#arrival('a connection', wanted)).accept();
  }

  async #expect(wanted: Json): Promise<void> {
    const line = this.#line;
    const frame = await this.#output.waiting.until(`the frame ${String(wanted.type)}`, () => {
      for (let next = line?.frames.shift(); next !== undefined; next = line?.frames.shift()) {
        if (next.type === wanted.type) return next;
      }
      if (line?.isOver) throw new Error(`the connection ended before the frame ${String(wanted.type)}`);
      return undefined;
    });
    if (frame.type === 'subscribe') this.#id = String(frame.id);
    for (const [key, value] of Object.entries(wanted)) {
      same(
        `"${key}" of ${String(frame.type)}`,
        frame[key] ?? null,
        value === '$printed' ? this.#output.cursor : value,
      );
    }
  }

  #frame(frame: Json): string {
    const { id } = frame;
    // A drill item and an item without `to` need no decision.
    if (
      frame.type === 'event' &&
      (frame.items as Json[]).some((item) => item.kind !== 'drill' && 'to' in item)
    ) {
      this.#output.sent(String(frame.cursor), Number(frame.seq));
    }
    const text = JSON.stringify(frame).replaceAll('"$id"', JSON.stringify(this.#id));
    if (this.#scenario.transport !== 'events') return text;
    const place = frame.type === 'event' || frame.type === 'synced' ? `id: ${String(frame.cursor)}\n` : '';
    const name = frame.type === 'error' ? 'problem' : String(frame.type);
    return `event: ${name}\n${id === undefined ? '' : place}data: ${text}\n\n`;
  }

  #send(frame: Json): void {
    this.#line?.send(this.#frame(frame));
  }

  async #sendBytes(how: 'split' | 'crlf', frame: Json): Promise<void> {
    const text = this.#frame(frame);
    if (how === 'crlf')
      return this.#line?.send(text.replaceAll('\n', '\r\n').replaceAll(/^(\w+): /gm, '$1:'));
    // A pause in the middle of a character's bytes makes the client read it in two parts.
    for (const byte of Buffer.from(text)) {
      (this.#line as unknown as { send(chunk: Buffer): void }).send(Buffer.of(byte));
      if (byte > 127) await pause(2);
    }
  }

  #replay(items: readonly Json[]): void {
    // Items up to a printed cursor are not sent again.
    if (this.#output.hasKept) return;
    this.#send({ type: 'event', id: '$id', stream: 'project', cursor: 'e1.1', seq: 1, items });
    const item = items[0] ?? {};
    this.#output.require({ change: { server_id: item.server_id, to: item.to }, seq: 1 });
  }

  async #expectPoll(wanted: Json): Promise<void> {
    const begun = performance.now();
    const most = Number(wanted.within ?? this.#output.waiting.patience);
    this.#poll = await this.#arrival('a poll', { token: wanted.token });
    if (performance.now() - begun > most + 300) throw new Error(`the poll came later than ${most} ms`);
    const query = new URL(this.#poll.request.url ?? '/', 'http://x').searchParams;
    if ('after' in wanted) same('"after"', query.get('after'), wanted.after);
  }
}
