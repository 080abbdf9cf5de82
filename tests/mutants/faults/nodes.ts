import type { Mutant } from '../mutant.ts';

const ASKS = 'server/nodes/asks.ts';
const NODES = 'server/nodes/nodes.ts';
const PEERS = 'server/nodes/peers.ts';
const LEADERSHIP = 'server/nodes/leadership.ts';
const LEASE = 'server/nodes/lease.ts';
const DIGEST = 'server/nodes/digest.ts';
const EXCHANGE = 'server/nodes/exchange.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'an old message of a node brings it not back',
    file: PEERS,
    edits: [['if (peer !== undefined && last.n <= peer.last.n) return false;', '']],
    suites: ['nodes/peers'],
  },
  {
    promise: 'a pause of this node is no silence of the others',
    file: PEERS,
    edits: [['Math.min(Math.max(0, since), LONGEST_LOOK)', 'Math.max(0, since)']],
    suites: ['nodes/peers'],
  },
  {
    promise: 'a node that is lost is not remembered for ever',
    file: PEERS,
    edits: [['if (this.now - peer.heardAt >= REMEMBERED) this.#peers.delete(id);', '']],
    suites: ['nodes/peers'],
  },
  {
    promise: 'a node is lost once',
    file: PEERS,
    edits: [['if (!peer.isLost && this.now', 'if (this.now']],
    suites: ['nodes/peers'],
  },
  {
    promise: 'a node that does not hear itself takes no other for silent',
    file: ASKS,
    edits: [['if (!silent.includes(self)) for (const node', 'for (const node']],
    suites: ['nodes/asks'],
  },
  {
    promise: 'a node that does not hear itself commits no silence',
    file: ASKS,
    edits: [['const silent = [...waiting];', 'const silent = [...waiting]; end(true);']],
    suites: ['nodes/asks'],
  },
  {
    promise: 'a question waits for the answer of every node',
    file: ASKS,
    edits: [
      [
        '      if (waiting.size === 0) end(true);\n    }\n  }\n\n  /** It is',
        '      end(true);\n    }\n  }\n\n  /** It is',
      ],
    ],
    suites: ['nodes/asks'],
  },
  {
    promise: 'a node that is lost is waited for no longer',
    file: ASKS,
    edits: [['if (waiting.delete(node) && waiting.size === 0) end(true);', 'void [waiting, node, end];']],
    suites: ['nodes/asks'],
  },
  {
    promise: 'an answer is not one to later questions',
    file: ASKS,
    edits: [['      if (asked > question) continue;\n', '']],
    suites: ['nodes/asks'],
  },
  {
    promise: 'what a node heard and could not send goes with its next message',
    file: EXCHANGE,
    edits: [['      hearing.giveBack(heard, departed);\n', '']],
    suites: ['nodes/nodes'],
  },
  {
    promise: 'a node that does not hear the others leads no more',
    file: LEADERSHIP,
    edits: [['return isStaying() && hearsOthers() ?', 'return isStaying() ?']],
    suites: ['nodes/nodes'],
  },
  {
    promise: 'a node that does not hear the others lets another one lead',
    file: LEADERSHIP,
    edits: [['      if (!hearsOthers()) return;\n', '']],
    suites: ['nodes/nodes'],
  },
  {
    promise: 'a node leads only after it has listened for all others',
    file: NODES,
    edits: [[' && (this.#listening.for(this.#peers.now) ?? 0) >= LISTENED', '']],
    suites: ['nodes/nodes'],
  },
  {
    promise: 'a node that listens again gives time for what it missed',
    file: NODES,
    edits: [['if (this.#peers.hasOthers) this.#hearing?.missed();', '']],
    suites: ['nodes/simulation'],
  },
  {
    promise: 'a leader leads from when it sent its beat',
    file: LEASE,
    edits: [['return now < this.#until ? this.#epoch : undefined;', 'return this.#epoch;']],
    suites: ['nodes/lease'],
  },
  {
    promise: 'a new holder of the lead gets its whole time',
    file: LEASE,
    edits: [['seen.epoch !== record.epoch || ', '']],
    suites: ['nodes/lease'],
  },
  {
    promise: 'the time that an answer takes is no silence of the leader',
    file: LEASE,
    edits: [['this.#since = answered;', 'this.#since = asked;']],
    suites: ['nodes/lease'],
  },
  {
    promise: 'a message between nodes that another has changed says nothing',
    file: DIGEST,
    edits: [['own.length !== given.length || !timingSafeEqual(own, given)', 'own.length !== given.length']],
    suites: ['nodes/digest'],
  },
  {
    promise: 'an answer between nodes comes with the last part of what was heard',
    file: DIGEST,
    edits: [
      [
        '...(isLast ? { answers: answers.slice(-ANSWERS) } : { answers: [] })',
        'answers: answers.slice(-ANSWERS)',
      ],
    ],
    suites: ['nodes/digest'],
  },
  {
    promise: 'a node that missed messages gives every service time',
    file: 'server/nodes/nodes.ts',
    edits: [['if (this.#peers.hasOthers) this.#hearing?.missed();', '']],
    suites: ['nodes/nodes.test', 'nodes/simulation'],
  },
  {
    promise: 'a question does not wait for a node that leaves',
    file: 'server/nodes/nodes.ts',
    edits: [["if (why === 'left') this.#asks.gone(node);", '']],
    suites: ['nodes/asks', 'nodes/nodes.test', 'nodes/simulation'],
  },
  {
    promise: 'services that a lost node heard get time',
    file: 'server/nodes/nodes.ts',
    edits: [['this.counts.held += this.#hearing?.lost(node) ?? 0;', '']],
    suites: ['nodes/nodes.test', 'nodes/simulation'],
  },
  {
    promise: 'a node that leaves hands its lease over',
    file: 'server/nodes/nodes.ts',
    edits: [['await this.#leadership.release();', '']],
    suites: ['nodes/nodes.test', 'nodes/simulation', 'nodes/two-nodes'],
  },
];
