/** One state of the model, and as the text by which it is known. Every number is small, and every age ends at a cap. */

/** A digest on its way to one node. */
export interface Message {
  readonly from: number;
  /** The service has reported to the sender since its last digest. */
  readonly heard: boolean;
  /** The sender asks. */
  readonly ask: boolean;
  /** Nodes whose open question it answers, as bits. */
  readonly answers: number;
}

export interface Node {
  /** 0 runs, 1 stopped, 2 dead. */
  up: number;
  /** Ticks since it stopped or died. */
  gone: number;
  /** Ticks until it counts as there again, after a stop. */
  back: number;
  /** 0 listens; 2, 1 began to listen again; 3, 4 is cut off and does not know; 5 is cut off and knows. */
  link: number;
  /** Ticks until the service is overdue here: since it was heard, here or elsewhere, or by what it was granted. */
  due: number;
  /** Who heard it last, as is known here; `ANY` if that may be anybody. */
  via: number;
  /** It reported here since the last digest: 1 in this tick, 2 before it. */
  fresh: number;
  /** It could not send in this tick. */
  mute: number;
  /** Ticks since each other node's last message. */
  signs: number[];
  /** Nodes that are lost, as bits. */
  lost: number;
  /** Its epoch: 0 none, 1 the newest, 2 an older one. */
  epoch: number;
  /** For how many ticks it may lead without another beat. */
  leads: number;
  /** Its question: 0 none, 1 is open; its commit: 2 under way with the newest epoch, 3 with an older one. */
  asking: number;
  askedFor: number;
  /** Who has still to answer, and who has answered, as bits. */
  waiting: number;
  answered: number;
  /** Whose questions it has still to answer, as bits. */
  owes: number;
  /** For the promise only: ticks since the service reported here, and who took a report after this node's question. */
  own: number;
  late: number;
  /** Ticks until it may ask again; more than a digest passes in between. */
  rest: number;
  queue: Message[];
}

export interface State {
  nodes: Node[];
  /** Ticks since the record of the lease changed. */
  beatAge: number;
  /** For the promise only: who sent the last digest with a report. */
  last: number;
  /** Faults that may still happen. */
  faults: number;
}

export function copyOf({ nodes, ...rest }: State): State {
  return {
    ...rest,
    nodes: nodes.map((node) => ({ ...node, signs: node.signs.slice(), queue: node.queue.slice() })),
  };
}

/** Every number is a character of its own. */
export function textOf({ nodes, beatAge, last, faults }: State): string {
  const codes = [nodes.length, beatAge, last, faults];
  for (const node of nodes) {
    codes.push(
      node.up,
      node.gone,
      node.back,
      node.link,
      node.due,
      node.via,
      node.fresh,
      node.mute,
      node.lost,
    );
    codes.push(node.epoch, node.leads, node.asking, node.askedFor, node.waiting, node.answered, node.owes);
    codes.push(node.own, node.late, node.rest, ...node.signs, node.queue.length);
    for (const { from, heard, ask, answers } of node.queue)
      codes.push(from * 4 + (heard ? 2 : 0) + (ask ? 1 : 0), answers);
  }
  return String.fromCharCode(...codes);
}

export function stateOf(text: string): State {
  let at = 0;
  const next = () => text.charCodeAt(at++);
  const [count, beatAge, last, faults] = [next(), next(), next(), next()];
  const nodes: Node[] = [];
  for (let n = 0; n < count; n++) {
    nodes.push({
      up: next(),
      gone: next(),
      back: next(),
      link: next(),
      due: next(),
      via: next(),
      fresh: next(),
      mute: next(),
      lost: next(),
      epoch: next(),
      leads: next(),
      asking: next(),
      askedFor: next(),
      waiting: next(),
      answered: next(),
      owes: next(),
      own: next(),
      late: next(),
      rest: next(),
      signs: Array.from({ length: count }, next),
      queue: Array.from({ length: next() }, () => {
        const code = next();
        return { from: code >> 2, heard: (code & 2) !== 0, ask: (code & 1) !== 0, answers: next() };
      }),
    });
  }
  return { nodes, beatAge, last, faults };
}
