import type { Told } from '../checker/history.ts';
import type { Rights } from '../checker/wire.ts';
import { WireCheck } from '../checker/wire.ts';
import type { Connection } from '../machine/network.ts';
import type { SimProcess } from '../machine/process.ts';
import { CONFIG, type World } from '../world.ts';

export interface FollowerOptions {
  readonly name: string;
  /** The project, or `admin`. */
  readonly who: string;
  readonly stream: string;
  /** Only changes from or to one of these. */
  readonly wanted: ReadonlySet<string> | undefined;
  readonly forbidden: readonly string[];
  readonly floor: (stream: string) => number;
}

/** An application that follows a stream, by whichever way in. What it is told is checked on the wire. */
export interface Follower {
  readonly name: string;
  readonly stream: string;
  readonly process: SimProcess;
  readonly state: ReadonlyMap<string, Told>;
  readonly wire: WireCheck | undefined;
  readonly isLive: boolean;
  /** In words, for people. */
  readonly clientState: string;
  /** Its connection, while it is told everything as it comes. */
  readonly following: { readonly connection: Connection; readonly wire: WireCheck } | undefined;
  start(): void;
  crash(): void;
  /** Its way to the server: reset, half-open, standing still for a while, or gone for a while. */
  disturb(how: 'reset' | 'cut' | 'stall' | 'partition', ms: number): void;
  /** The network is back, and the application knows. */
  heal(): void;
}

export function wireCheck(world: World, options: FollowerOptions, rights: Rights): WireCheck {
  const { name, stream, wanted, forbidden, floor } = options;
  return new WireCheck({
    who: name,
    stream,
    wanted,
    forbidden,
    rights,
    history: () => world.history,
    now: () => world.agenda.now,
    violations: world.violations,
    maxReplay: CONFIG.maxReplay,
    floor: () => floor(stream),
  });
}
