/** A real Chromium, headless, spoken to over the DevTools protocol. Debian: apt-get install chromium */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../support/process.ts';
import { within } from '../support/within.ts';

/** A page may live through several restarts of a server in one call. */
const LONGEST_CALL = 120_000;

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

type Params = Record<string, unknown>;
type Listener = (params: never) => void;

/** Commands and events of the DevTools protocol, over one socket. */
class Devtools {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, PromiseWithResolvers<never>>();
  readonly #listeners = new Map<string, Listener>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
  }

  static async connect(url: string): Promise<Devtools> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Devtools(socket);
  }

  /** @param what is waited for, where the method does not say it */
  send<T>(method: string, params: Params, sessionId?: string, what = method): Promise<T> {
    const id = ++this.#last;
    const answer = Promise.withResolvers<never>();
    this.#pending.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return within(what, answer.promise as Promise<T>, LONGEST_CALL);
  }

  on(sessionId: string, method: string, listener: Listener): void {
    this.#listeners.set(`${sessionId} ${method}`, listener);
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(message: {
    id?: number;
    method?: string;
    sessionId?: string;
    params?: never;
    result?: never;
    error?: { message: string };
  }): void {
    if (message.id === undefined) {
      this.#listeners.get(`${message.sessionId} ${message.method}`)?.(message.params as never);
      return;
    }
    const answer = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error) answer?.reject(new Error(message.error.message));
    else answer?.resolve(message.result as never);
  }
}

export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #devtools: Devtools;
  readonly #folder: AsyncDisposable;

  private constructor(process: ChildProcess, devtools: Devtools, folder: AsyncDisposable) {
    this.#process = process;
    this.#devtools = devtools;
    this.#folder = folder;
  }

  static async launch(): Promise<Chromium> {
    const folder = await temporaryFolder();
    const child = spawn('chromium', [...FLAGS, `--user-data-dir=${folder.path}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = await within('Chromium', devtoolsOf(child));
    return new Chromium(child, await Devtools.connect(url), folder);
  }

  /** A tab of its own, without the cookies and storage of the others. */
  async page(url: string): Promise<Page> {
    const { browserContextId } = await this.#devtools.send<{ browserContextId: string }>(
      'Target.createBrowserContext',
      {},
    );
    const { targetId } = await this.#devtools.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
      width: 1280,
      height: 800,
    });
    const { sessionId } = await this.#devtools.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    const page = new Page(this.#devtools, sessionId);
    await page.open(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#devtools.close();
    const gone = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await gone;
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function devtoolsOf(child: ChildProcess): Promise<string> {
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`Chromium does not start (apt-get install chromium): ${error}`);
  });
  const found = new Promise<string>((resolve) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  return Promise.race([found, failed]);
}

export class Page {
  readonly #devtools: Devtools;
  readonly #session: string;
  /** Errors that the page's own code or its content policy met. */
  readonly errors: string[] = [];

  constructor(devtools: Devtools, session: string) {
    this.#devtools = devtools;
    this.#session = session;
  }

  send<T = unknown>(method: string, params: Params = {}, what = method): Promise<T> {
    return this.#devtools.send<T>(method, params, this.#session, what);
  }

  on(method: string, listener: Listener): void {
    this.#devtools.on(this.#session, method, listener);
  }

  async open(url: string): Promise<void> {
    this.on('Runtime.exceptionThrown', ({ exceptionDetails: { text, exception } }: ExceptionThrown) =>
      this.errors.push(exception?.description ?? text),
    );
    this.on('Log.entryAdded', ({ entry }: { entry: { level: string; source: string; text: string } }) => {
      if (entry.level === 'error' && entry.source !== 'network') this.errors.push(entry.text);
    });
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await this.send(`${domain}.enable`);
    const loaded = new Promise<void>((resolve) => this.on('Page.loadEventFired', () => resolve()));
    await this.send('Page.navigate', { url });
    await within(`the page ${url}`, loaded);
  }

  /** Runs an expression in the page and waits for its promise. */
  async evaluate<T>(expression: string, what = expression): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T };
      exceptionDetails?: ExceptionThrown['exceptionDetails'];
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, what);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Gives the page a function `name(text)` that calls `listener`. */
  async bind(name: string, listener: (text: string) => void): Promise<void> {
    this.on('Runtime.bindingCalled', (call: { name: string; payload: string }) => {
      if (call.name === name) listener(call.payload);
    });
    await this.send('Runtime.addBinding', { name });
  }

  /** Resolves when the expression is true, which it is asked again and again. */
  async until(expression: string): Promise<void> {
    const asked = `new Promise((resolve) => {
      const look = () => ((${expression}) ? resolve() : setTimeout(look, 20));
      look();
    })`;
    await this.evaluate(asked, expression);
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }
}

interface ExceptionThrown {
  readonly exceptionDetails: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}
