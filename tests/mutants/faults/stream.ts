import type { Mutant } from '../mutant.ts';

const CURSOR = 'server/stream/cursor.ts';
const ENTITLEMENT = 'server/stream/entitlement.ts';
const FEED = 'server/stream/feed.ts';
const VIEW = 'server/stream/view.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'however wide the rules, another project is refused to everyone but administrators',
    file: ENTITLEMENT,
    edits: [['policy.isAdmin(identity) && ', '']],
    suites: ['stream/entitlement'],
  },
  {
    promise: 'an agent may follow no stream',
    file: ENTITLEMENT,
    edits: [["if (identity.kind !== 'user') return undefined;", '']],
    suites: ['stream/entitlement'],
  },
  {
    promise: 'a token that may not list servers may not follow them',
    file: ENTITLEMENT,
    edits: [[' || !policy.allows(SERVERS_RULE, identity)) return undefined', ') return undefined']],
    suites: ['hub/', 'rights/'],
  },
  {
    promise: 'a cursor of another stream is answered by a snapshot',
    file: CURSOR,
    edits: [["if (!opened.stream.equals(streamDigest(stream))) return { reset: 'foreign' };", '']],
    suites: ['stream/cursor', 'hub/forgery'],
  },
  {
    promise: 'a cursor of another filter is answered by a snapshot',
    file: CURSOR,
    edits: [["if (!opened.shown.equals(digestOf(view))) return { reset: 'filter' };", '']],
    suites: ['stream/cursor', 'stream/view', 'hub/endpoints/changes'],
  },
  {
    promise: 'a cursor whose next row is trimmed is answered by a snapshot',
    file: CURSOR,
    edits: [['if (seq < bounds.floor - 1) return', 'if (seq < bounds.floor - 2) return']],
    suites: ['stream/cursor', 'hub/delivery/no-gap'],
  },
  {
    promise: 'a replay longer than the limit is answered by a snapshot',
    file: CURSOR,
    edits: [['bounds.head - seq > maxReplay', 'bounds.head - seq > maxReplay + 1']],
    suites: ['stream/cursor', 'hub/delivery/no-gap', 'hub/endpoints/changes'],
  },
  {
    promise: 'a cursor of rows that were written again after a restore is answered by a snapshot',
    file: CURSOR,
    edits: [
      ["return written === entry ? { after: place } : { reset: 'epoch' };", 'return { after: place };'],
    ],
    suites: ['stream/cursor', 'db/lineage', 'hub/delivery/no-gap'],
  },
  {
    promise: 'a cursor ahead of the log is answered by a snapshot',
    file: CURSOR,
    edits: [['if (seq > bounds.head) return', 'if (seq > bounds.head + 1e9) return']],
    suites: ['stream/cursor', 'db/lineage'],
  },
  {
    promise: 'an older cursor without a right signature is refused',
    file: CURSOR,
    edits: [["if (!old.isSigned) return { reset: 'invalid' };", '']],
    suites: ['stream/cursor', 'hub/forgery'],
  },
  {
    promise: 'an older cursor of another stream is refused',
    file: CURSOR,
    edits: [["if (old.stream !== stream) return { reset: 'foreign' };", '']],
    suites: ['stream/cursor', 'hub/forgery'],
  },
  {
    promise: 'an older cursor with a forged signature is not acknowledged',
    file: CURSOR,
    edits: [['return old?.isSigned ? old : undefined;', 'return old;']],
    suites: ['stream/cursor', 'hub/forgery', 'hub/session'],
  },
  {
    promise: 'a cursor is written in one way only',
    file: CURSOR,
    edits: [[" || sealed.toString('base64url') !== third", '']],
    suites: ['stream/cursor', 'hub/forgery'],
  },
  {
    promise: 'no two cursors are sealed with the same nonce',
    file: CURSOR,
    edits: [['this.#used += NONCE;', '']],
    suites: ['stream/cursor', 'hub/forgery'],
  },
  {
    promise: 'a log that cannot be read is read again later',
    file: FEED,
    edits: [['this.#cancelRetry = setTimer(() => void this.#fill(), RETRY_MS)', 'this.#filling = false']],
    suites: ['stream/feed'],
  },
  {
    promise: 'nothing is passed on after the listener left',
    file: FEED,
    edits: [['        if (this.#stopped) return;\n', '']],
    suites: ['stream/feed'],
  },
  {
    promise: 'a full batch of trimming is followed by another one soon',
    file: 'server/stream/retention.ts',
    edits: [['(await this.trim()) ? NEXT_BATCH : NEXT_LOOK', '(await this.trim(), NEXT_LOOK)']],
    suites: ['stream/retention'],
  },
  {
    promise: 'trimming goes on after it failed once',
    file: 'server/stream/retention.ts',
    edits: [["trying again');\n      this.#later(NEXT_LOOK);", "trying again');"]],
    suites: ['stream/retention'],
  },
  {
    promise: 'a close waits for the trimming that is under way',
    file: 'server/stream/retention.ts',
    edits: [['await this.#running;', '']],
    suites: ['stream/retention'],
  },
  {
    promise: 'a history index that falls behind is not postponed without end',
    file: 'server/stream/history-index.ts',
    edits: [['if (this.#due && this.#postponed >= MOST_POSTPONED) return;', '']],
    suites: ['stream/history-index'],
  },
  {
    promise: 'the history index goes on after it failed once',
    file: 'server/stream/history-index.ts',
    edits: [['this.#later(AFTER_FAILURE, true);', '']],
    suites: ['stream/history-index'],
  },
  {
    promise: 'readers of one stream at the same time share one snapshot',
    file: 'server/stream/snapshot.ts',
    edits: [['if (known !== undefined) return known;\n    const reading', 'const reading']],
    suites: ['stream/snapshot'],
  },
  {
    promise: 'a snapshot that failed is not given to later readers',
    file: 'server/stream/snapshot.ts',
    edits: [['reading.then(forget, forget);', 'reading.then(forget, () => undefined);']],
    suites: ['stream/snapshot'],
  },
  {
    promise: 'a snapshot comes in parts, the last one marked',
    file: 'server/stream/snapshot.ts',
    edits: [['yield frame(ready, false);', 'yield frame(ready, true);']],
    suites: ['hub/endpoints/stream', 'hub/session', 'stream/view', 'stream/snapshot'],
  },
  {
    promise: 'a large snapshot is encoded once for all its readers',
    file: 'server/stream/snapshot.ts',
    edits: [['this.#whole[part] ??= yield*', 'this.#whole[part] = yield*']],
    suites: ['stream/snapshot'],
  },
  {
    promise: 'the frame of a text with a shared middle has its whole length',
    file: 'server/runtime/ws-socket.ts',
    edits: [['middle.length + after.length', 'middle.length']],
    suites: ['runtime/ws-socket'],
  },
  {
    promise: 'a filter by server is not sensitive to case',
    file: VIEW,
    edits: [['servers.map((id) => id.toLowerCase())', 'servers']],
    suites: ['stream/snapshot', 'stream/view'],
  },
  {
    promise: 'an owner who sees UNKNOWN only is not shown another cause',
    file: VIEW,
    edits: [['return among.includes(cause) ? cause : (among[0] as Cause);', 'return cause;']],
    suites: ['stream/view'],
  },
  {
    promise: 'an owner who sees UNKNOWN only is shown no other status in a snapshot',
    file: VIEW,
    edits: [["if (state.host_status === 'UNKNOWN') {", 'if (true) {']],
    suites: ['stream/view', 'hub/delivery/no-gap'],
  },
  {
    promise: 'a filter by status passes what hides the status that was asked for',
    file: VIEW,
    edits: [['if (facts !== undefined && isHiddenFact(hostStatus, facts)) return true;', '']],
    suites: ['stream/view'],
  },
  {
    promise: 'filters of servers in another order are the same view',
    file: VIEW,
    edits: [['[...of].sort()', '[...of]']],
    suites: ['stream/view', 'stream/cursor'],
  },
  {
    promise: 'under "unknown-only" nothing is shown of a drill',
    file: 'server/domain/unknown-only.ts',
    edits: [[" || item.kind === 'drill') return false;", ') return false;']],
    suites: ['stream/view'],
  },
  {
    promise: 'under "unknown-only" what is hidden has no number',
    file: 'db/transaction-changes.ts',
    edits: [['isSeenUnknownOnly: part.some(isSeenUnknownOnly)', 'isSeenUnknownOnly: true']],
    suites: ['hub/hidden-changes'],
  },
  {
    promise: 'under "unknown-only" a trim of what is hidden is not announced to a webhook',
    file: 'server/webhooks/delivery/log-messages.ts',
    edits: [["visibility !== 'all' && unknownSeq >= seq", 'false']],
    suites: ['hub/hidden-changes'],
  },
  {
    promise: 'the name of an item says in which entry of the lineage it was written',
    file: 'server/stream/item-epoch.ts',
    edits: [['entry === 0 ? epoch', 'true ? epoch']],
    suites: ['db/item-names'],
  },
  {
    promise: 'what ends a drill passes a filter by status',
    file: 'server/stream/view.ts',
    edits: [[' || drill !== undefined) return true;', ') return true;']],
    suites: ['stream/view'],
  },
  {
    promise: 'a cursor of a key whose time is over is expired',
    file: 'server/stream/cursor.ts',
    edits: [["if (opened.isExpired) return { reset: 'expired' };", '']],
    suites: ['stream/cursor'],
  },
  {
    promise: 'a cursor whose row was trimmed between two looks is expired',
    file: 'server/stream/cursor.ts',
    edits: [
      [
        "if (written === undefined) return { reset: 'expired' };",
        'if (written === undefined) return { after: place };',
      ],
    ],
    suites: ['stream/cursor', 'hub/delivery/trimmed'],
  },
  {
    promise: 'progress of an older key counts only in its time',
    file: 'server/stream/cursor.ts',
    edits: [
      ['if (opened === undefined || opened.isExpired || !opened', 'if (opened === undefined || !opened'],
    ],
    suites: ['stream/cursor'],
  },
  {
    promise: 'a rotation gives back no time that a later one took',
    file: 'server/stream/cursor-keys.ts',
    edits: [['until = Math.min(until, earlierUntil);', 'until = earlierUntil;']],
    suites: ['stream/cursor-keys'],
  },
  {
    promise: 'keys of cursors that are accepted at once are limited',
    file: 'server/stream/cursor-keys.ts',
    edits: [['if (accepted.length >= MOST_ACCEPTED)', 'if (false)']],
    suites: ['stream/cursor-keys'],
  },
  {
    promise: 'a slow read of keys does not put back those that a later read replaced',
    file: 'server/stream/cursor-keys.ts',
    edits: [['if (this.#reading === undefined) {', 'if (true) {']],
    suites: ['stream/cursor-keys'],
  },
  {
    promise: 'a node reads the keys again for a cursor that none of them opens',
    file: 'server/stream/cursor-keys.ts',
    edits: [['if (!this.#options.isShared) return false;', 'return false;']],
    suites: ['stream/cursor-keys'],
  },
  {
    promise: 'the entries of all projects and accounts together are limited in number',
    file: 'server/stream/retention.ts',
    edits: [['const isOverBound = await boundedAudit.step();', 'const isOverBound = false;']],
    suites: ['stream/retention'],
  },
  {
    promise: 'beyond that number the largest shares lose first',
    file: 'server/audit/kept-of-each.ts',
    edits: [['shares -= sizes[level] as number;', '']],
    suites: ['audit/bounded'],
  },
  {
    promise: 'entries of operators are no share',
    file: 'db/sqlite/tables/log/audit.ts',
    edits: [
      ['SELECT min(share) FROM audit WHERE share > ?', 'SELECT min(share) FROM audit WHERE share >= ?'],
    ],
    suites: ['db/sqlite/store.sqlite'],
  },
];
