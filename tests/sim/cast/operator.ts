import type { Instance } from '../../../server/domain/instances/instance.ts';
import { onInstance } from '../../../server/domain/instances/placement.ts';
import { COMPUTE } from '../../../server/domain/service.ts';
import { onServiceRemoved, onSwitched, type Switches } from '../../../server/domain/transition.ts';
import { anInstance } from '../../support/builders.ts';
import type { Random } from '../machine/random.ts';
import { RULES, type World } from '../world.ts';
import type { Running, Server } from './server.ts';

type Work = (running: Running) => Promise<unknown>;

/**
 * Operators, and programs that place servers. They act as the API's endpoints do: a decision and the store. Their requests may
 * be lost, be asked twice and be refused; what was acknowledged must stand.
 */
export class Operator {
  readonly #world: World;
  readonly #server: Server;
  readonly #random: Random;
  /** Requests under way by what they are about, and whether one was ever alone: then it can be held to its word. */
  readonly #underWay = new Map<string, { count: number; crowded: boolean }>();
  readonly #servers: string[] = [];
  #made = 0;

  constructor(world: World, server: Server) {
    this.#world = world;
    this.#server = server;
    this.#random = world.random.branch();
  }

  switch(host: string, to: Switches): void {
    this.#world.note(`operator: ${host} ${JSON.stringify(to)}`);
    this.#ask(
      host,
      async ({ store, process }) => {
        const by = { actor: 'operator', at: process.clock.now() };
        await store.updateService(
          { host, binary: COMPUTE },
          (current) => onSwitched(current, to, by, RULES),
          {
            urgent: to.forcedDown !== undefined,
          },
        );
      },
      () => this.#heldTo(host, to),
    );
  }

  removeService(host: string): void {
    this.#world.note(`operator: ${host}'s service is deleted`);
    this.#ask(host, async ({ store, process }) => {
      const by = { actor: 'operator', at: process.clock.now() };
      await store.updateService({ host, binary: COMPUTE }, (current) => onServiceRemoved(current, by));
    });
  }

  /** A server of this project comes to a host. */
  place(projectId: string, host: string): void {
    const id = this.#random.uuid();
    const name = `vm-${projectId}-${this.#made++}`;
    this.#servers.push(id);
    this.#world.note(`a server of ${projectId} on ${host}`);
    this.#put(id, (current) => current ?? anInstance({ id, projectId, name, host }));
  }

  move(to: string): void {
    if (this.#servers.length === 0) return;
    const id = this.#random.pick(this.#servers);
    this.#world.note(`server ${id.slice(0, 8)} moves to ${to}`);
    this.#put(id, (current) => (current === undefined ? undefined : { ...current, host: to, node: to }));
  }

  remove(): void {
    if (this.#servers.length === 0) return;
    const id = this.#random.pick(this.#servers);
    this.#world.note(`server ${id.slice(0, 8)} is deleted`);
    const gone = this.#random.chance(0.5);
    this.#put(id, (current, now) =>
      current === undefined || gone ? undefined : { ...current, deletedAt: current.deletedAt ?? now },
    );
  }

  #put(id: string, next: (current: Instance | undefined, now: number) => Instance | undefined): void {
    this.#ask(id, async ({ store, process }) => {
      const at = process.clock.now();
      await store.updateInstance(id, (current, computeOf) =>
        onInstance(current, next(current, at), computeOf, { cause: 'placement', at }, RULES),
      );
    });
  }

  /** Over HTTP: there and back, sometimes lost, sometimes twice because no answer came. */
  #ask(about: string, work: Work, acknowledged: () => void = () => undefined): void {
    const { agenda, network, count } = this.#world;
    const copies = this.#random.chance(0.08) ? 2 : 1;
    if (copies > 1) count("an operator's request comes twice");
    for (let copy = 0; copy < copies; copy++) {
      const late = copy === 0 ? 0 : this.#random.between(0, 200);
      this.#count(about, 1);
      agenda.after(late + network.latency(), () => {
        const running = this.#server.running;
        if (running === undefined || this.#random.chance(0.03)) {
          count("an operator's request is lost");
          return this.#count(about, -1);
        }
        const over = running.process.onKilled(() => this.#count(about, -1));
        running.process.deliver({}, () => {
          const finish = (then: () => void) => {
            if (!running.process.alive) return;
            over();
            then();
            this.#count(about, -1);
          };
          work(running).then(
            () => finish(acknowledged),
            () => finish(() => undefined),
          );
        });
      });
    }
  }

  /** G4: acknowledged is durable. Where others ask for the same thing meanwhile nobody can tell who was last. */
  #heldTo(host: string, to: Switches): void {
    if (this.#underWay.get(host)?.crowded !== false) return;
    const row = this.#world.disk.client
      ?.prepare<[string], { forced_down: number; disabled: number }>(
        'SELECT forced_down, disabled FROM services WHERE host = ?',
      )
      .get(host);
    if (row === undefined) return;
    const kept =
      (to.forcedDown === undefined || Boolean(row.forced_down) === to.forcedDown) &&
      (to.disabled === undefined || Boolean(row.disabled) === to.disabled);
    if (!kept)
      this.#world.violations.add('G4', `${host}: ${JSON.stringify(to)} was acknowledged and is not kept`);
  }

  #count(about: string, by: 1 | -1): void {
    const { count, crowded } = this.#underWay.get(about) ?? { count: 0, crowded: false };
    const next = count + by;
    this.#underWay.set(about, { count: next, crowded: next > 0 && (crowded || next > 1) });
  }
}
