/**
 * When a silence may be committed: lease, digests and the question as `server/nodes` has them, for one service, in ticks of about a
 * second. Within a tick everything happens in every order. Decision 28 says what is modelled and what is not.
 */
import type { Model, Step } from './check.ts';
import { copyOf, type Message, type Node, type State, stateOf, textOf } from './state.ts';

export const GUARDS = {
  ask: 'every node is asked before a silence is committed',
  answer: 'an answer comes with all that was heard before it',
  look: 'after the answers it is looked again whether the service is silent',
  hold: 'what a lost node heard last gets time to be heard by another one',
  unsent: 'that time begins two digests after the last message',
  missed: 'a node that listens again gives every service its time',
  again: 'what could not be sent is sent again',
  fence: 'a commit needs the newest epoch',
} as const;
export type Guard = keyof typeof GUARDS;

/** In ticks. `LEADS` is less than `SILENT`, as `LEADS_FOR` is less than `SILENT_FOR`. */
const DOWN = 2;
const HOLD = DOWN;
const LOST = 2;
const UNSENT = 1;
const LEADS = 1;
const SILENT = 2;
const ANSWER = 2;
/** After a stop, until a node was heard by the others again. */
const BACK = 2;
/** After its own pause a node calls nobody silent for this long. */
const PAUSED = 1;

const NEVER = DOWN + 1;
const ANY = 9;
const [RUNS, STOPPED, DEAD] = [0, 1, 2];
const [LISTENS, BEGINS, CUT, CUT_OFF] = [0, 2, 3, 5];
const [NONE, OPEN, COMMITS, COMMITS_OLD] = [0, 1, 2, 3];

export interface SilenceOptions {
  readonly nodes: number;
  /** Stops, deaths, cuts, failed sends and late messages in one run. */
  readonly faults: number;
  readonly without?: Guard | undefined;
}

const A_TICK = '— a tick passes';
const nameOf = (node: number) => `node ${'ABC'[node]}`;
const bit = (node: number) => 1 << node;

export function silenceModel({ nodes: count, faults, without }: SilenceOptions): Model {
  const has = (guard: Guard) => guard !== without;
  const all = Array.from({ length: count }, (_, n) => n);

  const first = (n: number): Node => ({
    up: RUNS,
    gone: 0,
    back: 0,
    link: LISTENS,
    due: NEVER,
    via: ANY,
    fresh: 0,
    mute: 0,
    signs: all.map((m) => (m === n ? 0 : 1)),
    lost: 0,
    epoch: n === 0 ? 1 : 0,
    leads: n === 0 ? LEADS : 0,
    asking: NONE,
    askedFor: 0,
    waiting: 0,
    answered: 0,
    owes: 0,
    own: NEVER,
    late: 0,
    rest: 0,
    queue: [],
  });

  const initial = textOf({ nodes: all.map(first), beatAge: 0, last: ANY, faults });

  const leads = ({ leads: left, link }: Node) => left > 0 && link < CUT_OFF;
  const isOverdue = ({ due }: Node) => due === 0;
  const grant = (node: Node, ticks: number) => {
    node.due = Math.max(node.due, ticks + 1);
  };

  const isEmpty = ({ heard, ask, answers }: Message) => !heard && !ask && answers === 0;
  /** A sign of life. */
  function seen(node: Node, other: number): void {
    node.signs[other] = 1;
    node.lost &= ~bit(other);
  }

  const at = (state: State, n: number) => state.nodes[n] as Node;

  /** Puts a message where every node that listens will read it, in one order. */
  function put(state: State, message: Message): void {
    for (const n of all) {
      const to = at(state, n);
      if (to.up === DEAD || to.link >= CUT) continue;
      // Its own message says only that its question went round.
      if (message.from === n && !message.ask) continue;
      if (to.up === STOPPED) pile(to, message, n);
      else if (to.queue.length === 0 && isEmpty(message)) {
        seen(to, message.from);
        to.signs[message.from] = 0;
      } else to.queue.push(message);
    }
  }

  /** A node that stands still will read all at once: of each sender one message says the same. */
  function pile(to: Node, message: Message, self: number): void {
    const from = to.queue.findLastIndex((each) => each.from === self) + 1;
    const before = to.queue.findIndex((each, index) => index >= from && each.from === message.from);
    if (before < 0) return void to.queue.push(message);
    const old = to.queue[before] as Message;
    const both = {
      from: message.from,
      heard: old.heard || message.heard,
      ask: old.ask || message.ask,
      answers: old.answers | message.answers,
    };
    if (!message.heard) to.queue[before] = both;
    else {
      to.queue.splice(before, 1);
      to.queue = to.queue.map((each, index) => (index >= from ? { ...each, heard: false } : each));
      to.queue.push(both);
    }
  }

  /** Without the guard an answer goes first, and what was heard goes with the next digest. */
  const tells = ({ owes }: Node) => has('answer') || owes === 0;

  /** @param outcome of a send: it arrives, or its sender cannot know whether it does */
  function send(state: State, n: number, ask: boolean, outcome: 'sent' | 'arrives' | 'fails'): void {
    const node = at(state, n);
    const heard = node.fresh > 0 && tells(node);
    if (heard) node.via = n;
    if (outcome !== 'fails') {
      put(state, { from: n, heard, ask, answers: node.owes });
      if (heard) state.last = n;
    }
    if (outcome === 'sent' || !has('again')) {
      if (heard) node.fresh = 0;
      node.owes = 0;
    }
    if (outcome !== 'sent') Object.assign(node, { mute: 1, back: BACK, fresh: Math.min(1, node.fresh) });
  }

  /** The question is over, or another one begins: what is still under way for it says nothing. */
  function forget(state: State, n: number): void {
    for (const [reader, node] of state.nodes.entries()) {
      node.owes &= ~bit(n);
      node.queue = node.queue
        .map((each) => ({ ...each, ask: each.ask && each.from !== n, answers: each.answers & ~bit(n) }))
        .filter(({ from }) => from !== n || reader !== n);
      skip(node);
    }
    Object.assign(at(state, n), { askedFor: 0, waiting: 0, answered: 0, late: 0 });
  }

  /** What says nothing is read at once. */
  function skip(node: Node): void {
    if (node.up !== RUNS) return;
    while (node.queue.length > 0 && isEmpty(node.queue[0] as Message))
      seen(node, (node.queue.shift() as Message).from);
  }

  function end(state: State, n: number): void {
    at(state, n).asking = NONE;
    forget(state, n);
  }

  function lose(state: State, n: number, other: number): void {
    const node = at(state, n);
    node.lost |= bit(other);
    const age = node.signs[other] as number;
    node.signs[other] = LOST;
    if (has('hold') && (node.via === other || node.via === ANY)) {
      const silent = Math.max(0, age - (has('unsent') ? UNSENT : 0));
      grant(node, HOLD - silent);
    }
  }

  /** All have answered. */
  function submit(state: State, n: number): void {
    const node = at(state, n);
    const goesOn = leads(node) && node.epoch > 0 && (isOverdue(node) || !has('look'));
    if (goesOn) node.asking = node.epoch === 1 ? COMMITS : COMMITS_OLD;
    else end(state, n);
  }

  function read(state: State, n: number): string {
    const node = at(state, n);
    const { from, heard, ask, answers } = node.queue.shift() as Message;
    if (from === n) {
      answer(state, n, n);
      skip(node);
      return `${nameOf(n)} reads its own question`;
    }
    seen(node, from);
    if (heard) Object.assign(node, { due: NEVER, via: from });
    if (ask) node.owes |= bit(from);
    if ((answers & bit(n)) !== 0) answer(state, n, from);
    skip(node);
    const what = [heard && 'a report', ask && 'a question', answers & bit(n) && 'an answer'].filter(Boolean);
    return `${nameOf(n)} reads ${what.join(' and ') || 'an empty digest'} of ${nameOf(from)}`;
  }

  function answer(state: State, n: number, from: number): void {
    const node = at(state, n);
    if (node.asking !== OPEN) return;
    node.waiting &= ~bit(from);
    node.answered |= bit(from);
    if (node.waiting === 0) submit(state, n);
  }

  /** Time for an answer is over. */
  function unanswered(state: State, n: number): void {
    const { waiting } = at(state, n);
    const silent = all.filter((other) => (waiting & bit(other)) !== 0);
    end(state, n);
    at(state, n).rest = 1;
    if (!silent.includes(n)) for (const other of silent) lose(state, n, other);
  }

  /** One tick passes. A node that stands still does not watch it. */
  function pass(state: State): void {
    const more = (value: number, cap: number) => Math.min(cap, value + 1);
    for (const n of all) {
      const { up, fresh, mute } = at(state, n);
      // A node that has a report sent it earlier, or sent its digest of this tick before the report came.
      if (up === RUNS && fresh < 2 && mute === 0)
        put(state, { from: n, heard: false, ask: false, answers: 0 });
    }
    state.beatAge = more(state.beatAge, SILENT);
    for (const n of all) {
      const node = at(state, n);
      node.own = more(node.own, NEVER);
      if (node.up !== RUNS) node.gone = more(node.gone, HOLD + 1);
      if (node.up === DEAD && node.gone > HOLD) {
        Object.assign(node, { own: NEVER, back: 0 });
        if (state.last === n) state.last = ANY;
      }
      if (node.up === DEAD) continue;
      node.leads = Math.max(0, node.leads - 1);
      if (node.up === RUNS && node.link < CUT_OFF && node.epoch > 0) beat(state, n);
      if (node.asking === OPEN) node.askedFor = more(node.askedFor, ANSWER);
      if (node.up === RUNS)
        node.signs = node.signs.map((age, other) =>
          other === n ? 0 : (node.lost & bit(other)) !== 0 ? LOST : more(age, HOLD + UNSENT + 1),
        );
      if (node.up === STOPPED) continue;
      node.back = Math.max(0, node.back - 1);
      node.due = Math.max(0, node.due - 1);
      node.rest = Math.max(0, node.rest - 1);
      if (node.queue.length > 0) {
        // Its own digest did not come back in time: it listens on another connection.
        node.link = CUT_OFF;
        node.queue = [];
      } else if (node.link > CUT_OFF - 1) node.link = CUT_OFF;
      else if (node.link >= CUT) node.link += 1;
      else node.link = Math.max(0, node.link - 1);
      node.mute = 0;
      if (node.fresh > 0) node.fresh = 2;
      loseSilent(state, n);
    }
  }

  function beat(state: State, n: number): void {
    if (at(state, n).epoch === 1) {
      at(state, n).leads = LEADS;
      state.beatAge = 0;
    } else Object.assign(at(state, n), { epoch: 0, leads: 0 });
  }

  function loseSilent(state: State, n: number): void {
    const node = at(state, n);
    for (const other of all)
      if ((node.lost & bit(other)) === 0 && (node.signs[other] as number) >= LOST) lose(state, n, other);
  }

  /** What a silence that is committed now by this node breaks. */
  function brokenBy(state: State, n: number): string | undefined {
    const leader = at(state, n);
    if (leader.asking === COMMITS_OLD) return `${nameOf(n)} commits a silence, and another node leads`;
    for (const other of all) {
      const { up, own, gone, back } = at(state, other);
      if (other !== n && (leader.late & bit(other)) !== 0) continue;
      const hasAnswered = (leader.answered & bit(other)) !== 0;
      if (((up === RUNS && back === 0) || hasAnswered) && own <= DOWN)
        return `${nameOf(n)} commits a silence, and ${nameOf(other)} took a report ${own} ticks ago`;
      if (
        up !== RUNS &&
        back === 0 &&
        !hasAnswered &&
        state.last === other &&
        own - gone <= DOWN &&
        own < NEVER &&
        gone <= HOLD
      )
        return `${nameOf(n)} commits a silence, and ${nameOf(other)}, which heard the service last, is gone for ${gone} ticks`;
    }
    return undefined;
  }

  function steps(text: string): Step[] {
    const found: Step[] = [];
    const now = stateOf(text);
    const to = (change: (state: State) => unknown, label = '') => {
      const state = copyOf(now);
      const said = change(state);
      found.push({ label: typeof said === 'string' ? said : label, to: textOf(state) });
    };
    const fault = (change: (state: State) => void, label: string) => {
      if (now.faults > 0)
        to((state) => {
          state.faults -= 1;
          change(state);
        }, label);
    };

    const running = all.filter((n) => at(now, n).up === RUNS);
    // One agent: it reports at most once in a tick, to any node.
    const isUnreported = now.nodes.every(({ own }) => own > 0);
    const late = running.filter((n) => at(now, n).queue.length > 0 || at(now, n).owes > 0);
    if (running.every((n) => at(now, n).fresh < 2 && at(now, n).link < CUT_OFF)) {
      if (late.length === 0) to(pass, A_TICK);
      else fault(pass, `${A_TICK}, and ${late.map(nameOf).join(' and ')} has not read or not answered all`);
    }
    for (const n of all) {
      const node = at(now, n);
      const name = nameOf(n);
      if (node.up === STOPPED) {
        to((state) => {
          Object.assign(at(state, n), { up: RUNS, gone: 0, back: BACK });
          if (node.epoch > 0) beat(state, n);
          if (node.gone > 0) grant(at(state, n), PAUSED);
          loseSilent(state, n);
          skip(at(state, n));
        }, `${name} goes on`);
      }
      if (node.up !== RUNS) continue;

      if (node.link < CUT_OFF && isUnreported)
        to((state) => {
          Object.assign(at(state, n), { due: NEVER, fresh: Math.max(1, node.fresh) });
          at(state, n).own = 0;
          for (const asker of state.nodes) if (asker.asking !== NONE) asker.late |= bit(n);
        }, `${name} takes a report`);
      if (node.queue.length > 0) to((state) => read(state, n));
      if (node.fresh > 0 || node.owes > 0) {
        const what = `${node.owes > 0 ? 'answers' : 'sends a digest'}${node.fresh > 0 && tells(node) ? ' with its report' : ''}`;
        to((state) => send(state, n, false, 'sent'), `${name} ${what}`);
        fault((state) => send(state, n, false, 'arrives'), `${name} ${what} and cannot know that it arrived`);
      }

      if (node.mute === 0) fault((state) => send(state, n, false, 'fails'), `${name} cannot send`);

      if (node.epoch === 0 && node.link === LISTENS && now.beatAge >= SILENT) {
        to((state) => {
          for (const each of state.nodes) {
            if (each.epoch === 1) each.epoch = 2;
            if (each.asking === COMMITS) each.asking = COMMITS_OLD;
          }
          Object.assign(at(state, n), { epoch: 1, leads: LEADS });
          state.beatAge = 0;
        }, `${name} takes the lease`);
      }

      if (node.asking === NONE && node.rest === 0 && node.epoch > 0 && leads(node) && isOverdue(node)) {
        to(
          (state) => {
            forget(state, n);
            const asker = at(state, n);
            if (!has('ask')) return submit(state, n);
            asker.asking = OPEN;
            asker.waiting = all
              .filter((other) => (asker.lost & bit(other)) === 0)
              .reduce((sum, b) => sum | bit(b), 0);
            send(state, n, true, 'sent');
          },
          has('ask') ? `${name} asks` : `${name} begins to commit a silence`,
        );
      }
      if (node.asking === OPEN && node.askedFor >= ANSWER)
        to((state) => unanswered(state, n), `${name} waits no longer for an answer`);
      if (node.asking >= COMMITS) {
        if (has('fence') && node.asking === COMMITS_OLD)
          to((state) => end(state, n), `the commit of ${name} is refused by the fence`);
        else if (has('look') && !isOverdue(node))
          to((state) => end(state, n), `${name} finds the service heard`);
        else {
          const broken = brokenBy(now, n);
          found.push({ label: `${name} commits the silence`, ...(broken === undefined ? {} : { broken }) });
        }
      }

      fault((state) => Object.assign(at(state, n), { up: STOPPED, gone: 0 }), `${name} is stopped`);
      if (running.length > 1)
        fault(
          (state) =>
            Object.assign(at(state, n), {
              ...first(1),
              up: DEAD,
              own: node.own,
              back: node.back,
              epoch: 0,
              leads: 0,
              due: 0,
              signs: all.map(() => 0),
            }),
          `${name} is killed`,
        );
      if (node.link < CUT)
        fault((state) => Object.assign(at(state, n), { link: CUT, queue: [] }), `${name} is cut off`);
      else
        to((state) => {
          Object.assign(at(state, n), { link: BEGINS });
          if (!has('missed')) return;
          grant(at(state, n), HOLD);
          at(state, n).via = ANY;
        }, `${name} listens again`);
    }
    return found;
  }

  return { initial, steps };
}
