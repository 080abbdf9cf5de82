/** Faults that somebody drew who had not looked at the tests: several nodes. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a node names its trouble in no more bytes than a message carries',
    file: 'server/nodes/digest.ts',
    edits: [['trouble.slice(0, 200)', 'trouble']],
    suites: ['nodes/digest'],
  },
  {
    promise: 'a node leaves with the last part of its message, not before its reports',
    file: 'server/nodes/digest.ts',
    edits: [['...(isLast && state !== undefined', '...(state !== undefined']],
    suites: ['nodes/digest'],
  },
  {
    promise: 'of very many answers the newest are sent',
    file: 'server/nodes/digest.ts',
    edits: [['answers.slice(-ANSWERS)', 'answers.slice(0, ANSWERS)']],
    suites: ['nodes/digest'],
  },
  {
    promise: 'services are sent in the order that the coding needs',
    file: 'server/nodes/digest.ts',
    edits: [['[...heard].sort((a, b) => a - b)', '[...heard]']],
    suites: ['nodes/digest'],
  },
  {
    promise: 'many departures are split, though nothing else was heard',
    file: 'server/nodes/digest.ts',
    edits: [
      [
        `    Math.ceil(departed.length / DEPARTED),
`,
        '',
      ],
    ],
    suites: ['nodes/digest'],
  },
  {
    promise: 'a node reads no digest after its end',
    file: 'server/nodes/exchange.ts',
    edits: [['if (digest === undefined || this.#isClosed) return;', 'if (digest === undefined) return;']],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'a repeated message says nothing new',
    file: 'server/nodes/exchange.ts',
    edits: [['if (!peers.heard(digest)) return;', 'peers.heard(digest);']],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'a node has joined when the leader receives its digests',
    file: 'server/nodes/exchange.ts',
    edits: [['digest.leads !== undefined && digest.peers.includes(link.id)', 'digest.leads !== undefined']],
    suites: ['nodes/exchange'],
  },
  {
    promise: `only answers to a node's own questions count`,
    file: 'server/nodes/exchange.ts',
    edits: [['if (asker === link.id) asks.answered', 'asks.answered']],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'a question is answered when everything that had arrived was read',
    file: 'server/nodes/exchange.ts',
    edits: [
      [
        'if ((await this.#hearing?.readAll()) !== true || this.#isClosed) return;',
        'if (this.#isClosed) return;',
      ],
    ],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'a question is asked once',
    file: 'server/nodes/exchange.ts',
    edits: [
      [
        `    this.#ask = undefined;
`,
        '',
      ],
    ],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'answers that could not be sent are in the next digest',
    file: 'server/nodes/exchange.ts',
    edits: [
      [
        `      this.#answers.unshift(...answers);
`,
        '',
      ],
    ],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'a departure that must not wait is sent at once',
    file: 'server/nodes/exchange.ts',
    edits: [
      [
        `    hearing.onDeparted(() => this.request());
`,
        '',
      ],
    ],
    suites: ['nodes/exchange'],
  },
  {
    promise: 'a late answer to a beat takes nothing from the lead',
    file: 'server/nodes/lease.ts',
    edits: [['Math.max(this.#until, sent + LEADS_FOR)', 'sent + LEADS_FOR']],
    suites: ['nodes/lease'],
  },
  {
    promise: 'a lost lease is beaten no more',
    file: 'server/nodes/lease.ts',
    edits: [
      [
        `    this.#epoch = undefined;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}`,
        `    this.#until = Number.NEGATIVE_INFINITY;
  }
}`,
      ],
    ],
    suites: ['nodes/lease'],
  },
  {
    promise: 'a node that is leaving leads no more',
    file: 'server/nodes/leadership.ts',
    edits: [['return isStaying() && hearsOthers() ?', 'return hearsOthers() ?']],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'a leader beats twice a second, however often it looks',
    file: 'server/nodes/leadership.ts',
    edits: [
      [
        `      if (sent - this.#beatAt < BEAT - LOOK / 2) return;
`,
        '',
      ],
    ],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'a refused beat ends the lead at once',
    file: 'server/nodes/leadership.ts',
    edits: [['      } else this.#lead.lost();', '      }']],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'a node that is leaving keeps no lease that it was just given',
    file: 'server/nodes/leadership.ts',
    edits: [
      [
        `    if (!isStaying()) return link.release(epoch);
`,
        '',
      ],
    ],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'a node stops to lead before it hands the lease over',
    file: 'server/nodes/leadership.ts',
    edits: [
      [
        `    this.#lead.lost();
    this.announce();
    if (held`,
        `    this.announce();
    if (held`,
      ],
    ],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'those who follow the lead learn that it was handed over',
    file: 'server/nodes/leadership.ts',
    edits: [
      [
        `    this.#lead.lost();
    this.announce();
    if (held`,
        `    this.#lead.lost();
    if (held`,
      ],
    ],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'a lease that cannot be released does not keep a node from its end',
    file: 'server/nodes/leadership.ts',
    edits: [['release(held).catch(() => undefined)', 'release(held)']],
    suites: ['nodes/leadership'],
  },
  {
    promise: 'a node says once that it leads',
    file: 'server/nodes/leadership.ts',
    edits: [
      [
        `    if (leads === this.#wasLeading) return;
`,
        '',
      ],
    ],
    suites: ['nodes/leadership'],
  },
  {
    promise: `a clock that runs back prolongs no node's life`,
    file: 'server/nodes/peers.ts',
    edits: [['Math.min(Math.max(0, since), LONGEST_LOOK)', 'Math.min(since, LONGEST_LOOK)']],
    suites: ['nodes/peers'],
  },
];
