/** Sentences of PROTOCOL.md that two implementers could read differently, each with the tests that hold it against a running server or client. */
export const HELD: readonly (readonly [sentence: string, ...tests: readonly string[]])[] = [
  [
    'Together with a seq it names one item, and never another one',
    'db/item-names/item-names: each way gives an item one name',
  ],
  [
    'what was polled before a restart has it in a webhook',
    'flows/cursors/after-crash: each item by one name',
  ],
  ['Two cursors of one place may be different texts', 'stream/cursor: one place has many texts'],
  ['All words are open', 'protocol/documents: for readers every word and choice of frames is open'],
  [
    'A reader ignores frame types and keys that it does not know',
    'sdk/client: types, fields and kinds of tomorrow are passed over',
  ],
  ['one of an unknown `kind` by its `to` and `facts`', 'conformance/kit: our client passes every scenario'],
  [
    'It ignores a token in the query string',
    'hub/endpoints/handshake: a token in the query string is not looked at',
    'hub/endpoints/statuses: a token in the query alone',
  ],
  [
    'It is never echoed',
    'hub/endpoints/handshake: a browser’s token in a subprotocol is taken, and never answered',
  ],
  [
    'not authenticated after 5 s is closed with 4408',
    'hub/session/keepalive-and-end: a silent client is closed after the hello timeout',
  ],
  [
    "A status whose body is not hostbeat's JSON",
    'hub/endpoints/statuses: statuses before a stream',
    'sdk/connection/events: passing errors are retried',
  ],
  [
    'A bad subprotocol is accepted and then closed with 4401',
    'hub/endpoints/handshake: a token in a subprotocol that is not valid closes with 4401',
  ],
  ["answers with the client's own first offer", 'hub/endpoints/handshake: without a common subprotocol'],
  [
    'a client need not wait for `welcome` before it subscribes',
    'hub/session/session: frames behind it are answered in order',
  ],
  [
    '`auth`, `ping` and `ack` never wait for a `subscribe`',
    'hub/session/what-stays: do not wait for a "subscribe" that waits',
  ],
  [
    'A frame of an unknown type is answered `error` `unknown_type`',
    'hub/session/session: a frame of unknown type is named and skipped',
  ],
  [
    'An `ack` never costs the stream',
    'hub/session/what-stays: costs no stream',
    'hub/session/subscriptions: one of an unsent cursor ends no stream',
  ],
  [
    'the earlier token counts until it ends',
    'hub/session/what-stays: An "auth" that cannot be checked',
    'hub/session/tokens: an unknown new token ends no stream',
  ],
  [
    'it hides no fact',
    'flows/filtered-facts: a filtered map says what is true, or nothing',
    'stream/view: no filter hides a fact',
  ],
  [
    'forget the server then',
    'sdk/watch/host-status-map: a server that left the filter is forgotten',
    'flows/filtered-facts: a filtered map says what is true, or nothing',
  ],
  ['is good with the\nsame filter only', 'stream/cursor: a cursor is good for what was shown up to it'],
  ['An empty list is a filter that selects nothing', 'stream/view: an empty list of servers selects nothing'],
  ['Part 1 begins a new snapshot', 'sdk/watch/watch: the first part begins a snapshot'],
  [
    "a host with forty of an owner's servers is one frame",
    'webhooks/delivery: a commit is one signed CloudEvent with all its servers',
    'domain/fan-out: an owner gets its own servers and no others, in one list',
  ],
  [
    'on `hosts` words for people, with that as `code`',
    'hub/session/subscriptions: are sent the words, owners a code, by every way',
  ],
  [
    'not entitled, or no such project: both get the same answer',
    'hub/forgery: a foreign id is answered exactly like one that does not exist',
  ],
  [
    'Without `auth` the connection closes with 4103',
    'hub/session/tokens: a client is warned before its token ends',
  ],
  [
    'counted from the arrival of this frame',
    'sdk/connection/reconnect-policy: a drain hint is a window counted from when it was heard',
  ],
  [
    '`synced`\nalways has the `seq`',
    'protocol/place: "synced" has the place of its cursor',
    'conformance/kit: our client passes every scenario',
  ],
  ['forget the last `seq` that was seen', 'conformance/kit: each mutant of it fails'],
  [
    'closes with 4102 if no pong comes within 10 s',
    'hub/session/keepalive-and-end: a peer that answers no ping is closed with 4102',
  ],
  [
    'absent where that is not known',
    'stream/view: says since when only of what is UNKNOWN',
    'domain/what-is-sent: since when a status holds is moved by the status alone',
  ],
  ['A cause names the fact that moved', 'domain/what-is-sent: of two flags the force-down decides the cause'],
  ["`closed`: its connection was closed by the host's own kernel", 'flows/explain: each has its verdict'],
  [
    '`heard_while_forced_down`: true, or absent',
    'sdk/watch/host-status-map: heard_while_forced_down counts for as long as it is sent',
  ],
  [
    'in every change that a host caused, the same in all of them',
    'domain/what-is-sent: one event has one correlation id',
  ],
  ['REST and the stream `hosts` never show a drill', 'flows/drills/drills: and nowhere else'],
  [
    'what is true always wins',
    'flows/drills/and-truth: the truth ends it, on every way',
    'domain/drill: a drill never hides a true fault',
  ],
  [
    '`seq` numbers what is shown to it, 1, 2, 3 … without a hole, on every way',
    'hub/hidden-changes: on a WebSocket, by frames and health',
    'contract/numbering.contract: numbered without a hole',
  ],
  ['What was not committed is never sent', 'hub/delivery/no-gap: whatever happens in whatever order'],
  ['Order is `seq`, never `at`', 'sim/simulation: a world keeps all guarantees'],
  [
    'the server restarts the subscription',
    'hub/session/tokens: a policy that hides ends subscriptions; one that narrows restarts them',
  ],
  [
    'Never a part of what was missed, and never silence',
    'stream/cursor: resume: ',
    'hub/delivery/trimmed-while-reading: of its rows are trimmed is reset',
  ],
  [
    'the database was put back to an older\nstate',
    'db/item-names/item-names: a file that is put back gives none again',
    'db/lineage: a client that saw more is reset',
  ],
  [
    'that is not empty counts before `lastEventId`',
    'hub/endpoints/events: the place comes from the header, then lastEventId, then cursor',
  ],
  [
    'The frame `error` is the event `problem`',
    'hub/session/stops: an event stream that ends for want of rights says so as a problem',
  ],
  ['and then answers no items and a cursor', 'hub/endpoints/changes: an empty wait ends with no items'],
  [
    'with 401 when its token ends, with 403 when its rights are lost',
    'hub/endpoints/changes: a waiting poll ends with its token, with its rights, and with the server',
  ],
  [
    'A server of\nanother project is 404',
    'hub/endpoints/history: another’s server is as little there as one that never was',
  ],
  ['comes after an `error` frame that says why, except 1009', 'hub/session/stops: an error, and then'],
  [
    'closes with 4103: fetch another',
    'hub/session/tokens: a revoked token closes with 4103',
    'hub/connection/revocation: a token that is revoked',
  ],
  [
    'may try once more with a fresh one',
    'conformance/kit: a client that stops at a refusal',
    'sdk/connection/never-gives-up: a token function is asked once more',
  ],
  ['Back-off: full jitter', 'sdk/connection/reconnect-policy: jitter is full'],
  [
    'It starts over only\nafter `synced`',
    'sdk/connection/reconnect-policy: only "synced" makes the next loss a first one again',
  ],
  [
    'every text frame counts, of whatever type',
    'sdk/client-outages: no frame for two and a half health intervals',
  ],
  [
    'treats the _tracker_ as unknown',
    'sdk/client: the tracker is what health says, and unknown when two are missing',
  ],
  [
    'Nodes of one hostbeat share one log',
    'nodes/two-nodes.pg: its cursor is good at both',
    'sdk/connection/endpoints: when its node dies it resumes at the next',
  ],
  [
    'has the values in force of those that concern a connection',
    'hub/session/session: comes as soon as a header has authenticated',
  ],
  [
    'later ones wait',
    'hub/session/subscriptions: asking again as soon as it was answered is answered at a pace',
  ],
];
