/**
 * Promises that were broken by hand once, and no test noticed: each now has faults, and a test that notices them.
 * docs/testing.md shows which.
 */
export interface KeptPromise {
  readonly promise: string;
  /** The promises of its faults. */
  readonly faults: readonly string[];
}

export const KEPT: Readonly<Record<string, readonly KeptPromise[]>> = {
  'Who may': [
    {
      promise: 'however wide the rules, the project of another is refused to everybody but administrators',
      faults: ['however wide the rules, another project is refused to everyone but administrators'],
    },
    {
      promise: 'a deleted application credential ends its tokens at once, cached ones too, and their sockets',
      faults: [
        'a deleted application credential ends its tokens at once, cached ones too',
        'a token of a deleted credential is refused',
        'a connection ends when its token is revoked',
      ],
    },
    {
      promise: 'a token of a credential becomes no unscoped, domain or system token',
      faults: [
        'a token of a credential cannot become unscoped',
        'a token of a credential cannot become one of the domain',
        'a token of a credential cannot become one of the system',
        'a token of a credential cannot be given another scope',
      ],
    },
    {
      promise: 'a renewal for another project of the same user is refused',
      faults: ['a renewed token of the same user for another project is refused'],
    },
    {
      promise: 'a rehash never brings an old password back',
      faults: [
        'a rehash never brings an old password back',
        'SQLite replaces a hash only while the password is the same',
      ],
    },
    {
      promise: 'parallel guesses at one user are slowed together, by user and not only by name',
      faults: [
        'parallel guesses at one user are braked together',
        'guesses are braked by user and not by the name that was given',
      ],
    },
    {
      promise: 'limits hold after a double leave and after an idle hour',
      faults: [
        'a place that is left twice is given back once',
        'a lobby place that is left twice is given back once',
        'a subscribe rate that is idle for an hour allows one burst, not many',
      ],
    },
  ],
  'Nothing lost': [
    {
      promise: 'rows trimmed in the middle of a read are a reset, by socket and by long poll',
      faults: [
        'rows trimmed in the middle of a catching-up are a reset',
        'rows trimmed in the middle of a poll are a reset',
        'rows trimmed up to the head in the middle of a poll are a reset',
      ],
    },
    {
      promise: 'a live client whose catching-up fails is sent a reason and drained',
      faults: ['a socket whose catching-up fails is sent a reason and a drain'],
    },
    {
      promise: 'news during the read of a poll is not lost',
      faults: ['news that arrives while a poll reads is not waited for again'],
    },
    {
      promise: 'a progress cursor never passes an item still in hand',
      faults: ['a progress cursor never passes an item still in hand'],
    },
    { promise: 'a kept cursor never goes back', faults: ['a kept cursor never goes back'] },
    {
      promise: 'events held over a reconnect end in order',
      faults: ['events held over a reconnect end in order and not in a gap without end'],
    },
    {
      promise: 'a snapshot from a file is of one moment',
      faults: ['a snapshot that is read from the file is of one moment'],
    },
    {
      promise: 'a restore takes the -wal and -shm along',
      faults: ['a restore takes the -wal and -shm of the old database away'],
    },
  ],
  'In time': [
    {
      promise: 'a force-down commits before a queue of silences, by each endpoint',
      faults: [
        'a force-down commits before a queue of silences',
        'on PostgreSQL a force-down commits before a queue of silences',
        'a force-down through Nova is urgent',
        'a force-down through our own API is urgent',
        'a fence through our own API is urgent',
        'a force-down by an alert is urgent',
      ],
    },
    {
      promise: 'a DOWN behind a waiting row is urgent',
      faults: ['a DOWN that waits behind another row is urgent'],
    },
    {
      promise: 'a service heard while its silence commits comes back at once',
      faults: ['a service heard while its silence commits comes back at once'],
    },
    {
      promise: 'departures kept over a failed commit are sent when the disk is back, not at the time-out',
      faults: ['departures kept over a failed commit are committed when the disk is back'],
    },
    {
      promise: 'overdue and departing services and a late loop are no witnesses of hearing',
      faults: [
        'overdue services do not vouch for hearing',
        'departing services do not vouch for hearing',
        'a late loop does not count as hearing',
      ],
    },
    {
      promise: 'the second look waits for the sockets',
      faults: [
        'a silence is looked at a second time',
        'everything that has arrived is read before a silence is committed',
      ],
    },
    {
      promise: 'a slot that is given to another service between two looks silences nobody',
      // Two guards, each of which is enough: the second look compares the service, and the commit names it by its id.
      faults: ['a slot that is used again has no deadline of its predecessor'],
    },
    {
      promise: 'failoverWhen reports the second DOWN after DOWN and UP in one catching-up',
      faults: ['failoverWhen reports the second DOWN after DOWN and UP in one catching-up'],
    },
  ],
  Bounds: [
    {
      promise: 'timers beyond 24.8 days do not fire at once',
      faults: [
        'a timer beyond the longest one does not fire at once',
        'a token that ends beyond the longest timer is waited for in steps',
        'a token that ends beyond the longest timer is waited for in steps by the agent socket',
      ],
    },
    {
      promise: 'a reader that caught up is not closed as slow a minute later',
      faults: ['a reader that caught up is not closed as slow a minute later'],
    },
    {
      promise: 'pings do not extend the deadline of a pong',
      faults: ['a ping does not extend the deadline of a pong that is awaited'],
    },
    {
      promise: 'the services of a host are counted as services, not as reports',
      faults: ['services of a host are counted as services and not as reports'],
    },
    {
      promise: 'floods are counted by report',
      faults: ['floods are counted by report and not by frame', 'floods over HTTP are counted by report'],
    },
    {
      promise: 'Retry-After of webhooks is obeyed within its cap',
      faults: ['Retry-After is obeyed within its cap'],
    },
    {
      promise: 'a wall clock set back does not postpone deliveries',
      faults: ['a wall clock set back does not postpone deliveries'],
    },
    { promise: 'a success ends a failing period', faults: ['a success ends a failing period'] },
    {
      promise: 'an endless answer is cut',
      faults: ['an endless answer is cut', 'an endless answer of an identity service is cut'],
    },
    {
      promise: 'busy time-outs are restored',
      faults: ['busy time-outs are restored once the lock is free'],
    },
    { promise: 'checkpoints go on after the first', faults: ['checkpoints go on after the first'] },
    { promise: 'circuits close again', faults: ['circuits close again'] },
    {
      promise: 'a body of exactly the limit passes',
      faults: [
        'a body of exactly the limit passes',
        'a body of exactly the limit passes our own API',
        'a body of exactly the limit passes the identity API',
        'a declared length of exactly the limit passes our own API',
      ],
    },
  ],
};
