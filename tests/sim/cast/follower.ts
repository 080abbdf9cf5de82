import type { KnownState } from '../checker/history.ts';
import { WireCheck } from '../checker/wire.ts';
import type { Connection } from '../machine/network.ts';
import { SimProcess } from '../machine/process.ts';
import type { Random } from '../machine/random.ts';
import { CONFIG, type World } from '../world.ts';
import type { Server } from './server.ts';

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

export interface Following {
  readonly connection: Connection;
  readonly wire: WireCheck;
}

/** An application that follows a stream, over any transport. Its frames are checked on the wire. */
export abstract class Follower<Options extends FollowerOptions = FollowerOptions> {
  readonly name: string;
  readonly stream: string;
  process: SimProcess;
  state = new Map<string, KnownState>();
  /** Its newest connection that was looked at. */
  wire: WireCheck | undefined;
  protected readonly world: World;
  protected readonly server: Server;
  protected readonly options: Options;
  protected readonly random: Random;
  protected connection: Connection | undefined;
  #partitionedUntil = 0;

  constructor(world: World, server: Server, options: Options) {
    this.name = options.name;
    this.stream = options.stream;
    this.world = world;
    this.server = server;
    this.options = options;
    this.random = world.random.branch();
    this.process = this.newProcess();
  }

  abstract readonly isLive: boolean;
  /** In words, for people. */
  abstract readonly clientState: string;
  /** Its connection, while it receives everything as it comes. */
  abstract readonly following: Following | undefined;
  abstract start(): void;
  abstract crash(): void;

  /** Its way to the server: reset, half-open, standing still for a while, or gone for a while. */
  disturb(how: 'reset' | 'cut' | 'stall' | 'partition', ms: number): void {
    this.world.note(`${this.name}: ${how} ${Math.round(ms)}`);
    this.world.count(`way of an owner: ${how}`);
    if (how === 'partition') this.#partitionedUntil = this.world.agenda.now + ms;
    if (how === 'reset') this.connection?.reset();
    else if (how === 'stall') this.connection?.stall(ms);
    else this.connection?.cut();
  }

  /** The network is back, and the application knows. */
  heal(): void {
    this.#partitionedUntil = 0;
  }

  protected readonly reachable = () => this.world.agenda.now >= this.#partitionedUntil;

  protected newProcess(): SimProcess {
    return new SimProcess(this.name, this.world.agenda, this.random.branch());
  }

  /** What looks at the connection that is made with this token. */
  protected wireCheck(token: string | undefined): WireCheck {
    const { name, who, stream, wanted, forbidden, floor } = this.options;
    const { authority, violations, agenda } = this.world;
    return new WireCheck({
      who: name,
      stream,
      wanted,
      forbidden,
      rights: authority.rightsOf(who, token, () => this.server.soundSince),
      history: () => this.world.history,
      now: () => agenda.now,
      violations,
      maxReplay: CONFIG.maxReplay,
      floor: () => floor(stream),
    });
  }
}
