/** Is an address reachable by TCP? Connects once, sends nothing, and ends within its timeout whatever happens. */
import { connect, isIP } from 'node:net';
import type { Duration, Monotonic } from '../domain/clock.ts';

/** `refused`: a machine answered that nothing listens on the port; `unresolved`: the name has no address. */
export const PROBE_OUTCOMES = ['reachable', 'refused', 'timeout', 'unresolved', 'failed'] as const;
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

export interface TcpProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly resolve: (host: string, signal: AbortSignal) => Promise<readonly { readonly address: string }[]>;
  /** Of one probe, including its name look-up. */
  readonly timeout: Duration;
  readonly timers: {
    readonly setTimer: (then: () => void, after: Duration) => () => void;
    /** Resolves when the event loop has read its sockets once more. */
    nextTurn(): Promise<void>;
  };
  readonly monotonic: () => Monotonic;
  readonly onOutcome?: (outcome: ProbeOutcome, took: Duration) => void;
}

/** Only the first few addresses of a name are probed. */
const MOST_ADDRESSES = 4;

/** @returns the probe. While one runs, another call joins it. */
export function tcpProbe(options: TcpProbeOptions): (signal: AbortSignal) => Promise<boolean> {
  const { host, port, timeout, monotonic, onOutcome } = options;
  const addresses = rememberingLookup(options);
  let running: Promise<boolean> | undefined;

  async function run(signal: AbortSignal): Promise<boolean> {
    const began = monotonic();
    const end = limited(options, signal, timeout);
    const found = isIP(host) === 0 ? await addresses(end.signal) : [host];
    const outcome =
      found.length === 0
        ? 'unresolved'
        : await best(found.map((address) => attempt(address, port, end.signal)));
    end.cancel();
    if (!signal.aborted) onOutcome?.(outcome, monotonic() - began);
    return outcome === 'reachable';
  }

  return (signal) => {
    running ??= run(signal).finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** True as soon as one address is reachable, false when none is. */
export async function anyReachable(probes: readonly Promise<boolean>[]): Promise<boolean> {
  return Promise.any(
    probes.map(async (probe) => {
      if (!(await probe)) throw new Error('not reachable');
      return true;
    }),
  ).catch(() => false);
}

/**
 * Looks the name up for at most half the timeout. If that fails, uses the addresses from before: a name server that
 * does not answer does not mean that the witness is gone.
 */
function rememberingLookup(options: TcpProbeOptions): (signal: AbortSignal) => Promise<readonly string[]> {
  let known: readonly string[] = [];
  return async (signal) => {
    const end = limited(options, signal, options.timeout / 2);
    const over = new Promise<readonly never[]>((resolve) =>
      end.signal.addEventListener('abort', () => resolve([]), { once: true }),
    );
    const found = await Promise.race([options.resolve(options.host, end.signal).catch(() => []), over]);
    end.cancel();
    if (found.length > 0) known = found.slice(0, MOST_ADDRESSES).map(({ address }) => address);
    return known;
  };
}

/** A signal that aborts with the outer one, or after the timeout once the event loop has read its sockets again. */
function limited({ timers }: TcpProbeOptions, outer: AbortSignal, after: Duration) {
  const end = new AbortController();
  const abort = () => end.abort();
  const cancelTimer = timers.setTimer(() => void timers.nextTurn().then(abort), after);
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  const cancel = () => {
    cancelTimer();
    outer.removeEventListener('abort', abort);
    abort();
  };
  return { signal: end.signal, cancel };
}

/** The first reachable result, or else the result of the first address. */
async function best(attempts: readonly Promise<ProbeOutcome>[]): Promise<ProbeOutcome> {
  const isReachable = await anyReachable(attempts.map(async (one) => (await one) === 'reachable'));
  return isReachable ? 'reachable' : ((await attempts[0]) as ProbeOutcome);
}

function attempt(address: string, port: number, end: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const finish = (outcome: ProbeOutcome) => {
      end.removeEventListener('abort', timedOut);
      socket.destroy();
      resolve(outcome);
    };
    const timedOut = () => finish('timeout');
    socket.once('connect', () => finish('reachable'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      finish(code === 'ECONNREFUSED' ? 'refused' : 'failed');
    });
    end.addEventListener('abort', timedOut, { once: true });
    if (end.aborted) timedOut();
  });
}
