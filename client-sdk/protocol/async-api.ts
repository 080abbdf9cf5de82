/** The wire as an AsyncAPI 3 document, derived from the schemas, for tools that draw, generate and check. */
import type { z } from 'zod';
import { AgentDownstream, AgentUpstream } from './agent.ts';
import { Downstream } from './downstream.ts';
import { definitions, type JsonSchema, SCHEMAS } from './json-schema.ts';
import { Upstream } from './upstream.ts';
import { AGENT_SUBPROTOCOL, SUBPROTOCOL, WEBHOOK_MESSAGES } from './version.ts';
import { WebhookMessage } from './webhook.ts';

type TypeOf<T> = T extends { type: infer Type extends string } ? Type : never;

/** The purpose of each frame. A frame without a line here does not compile. */
const SUMMARIES: {
  readonly upstream: Record<TypeOf<z.infer<typeof Upstream>>, string>;
  readonly downstream: Record<TypeOf<z.infer<typeof Downstream>>, string>;
  readonly agentUpstream: Record<TypeOf<z.infer<typeof AgentUpstream>>, string>;
  readonly agentDownstream: Record<TypeOf<z.infer<typeof AgentDownstream>>, string>;
  readonly webhook: Record<TypeOf<z.infer<typeof WebhookMessage>>, string>;
} = {
  upstream: {
    hello: 'Who is there, and with which token if no header brought one',
    subscribe: 'Follow a stream, from a cursor or from a snapshot',
    unsubscribe: 'Follow it no longer',
    ack: 'Everything up to this cursor has been dealt with',
    auth: 'A new token for the connection',
    ping: 'Are you there?',
  },
  downstream: {
    welcome: 'The connection is authenticated',
    snapshot: 'A part of the present state',
    synced: 'The client has everything up to this cursor',
    event: 'What one commit meant for this stream',
    health: 'How well hostbeat itself sees the hosts, and where each subscription is',
    unsubscribed: 'A subscription has ended',
    auth_expiring: 'The token ends soon',
    auth_ok: 'The new token counts from here on',
    pong: 'The answer to a ping',
    drain: 'The server goes; when to come back',
    error: 'Something asked for cannot be done',
  },
  agentUpstream: {
    report: 'These services are alive',
    goodbye: 'The agent leaves on purpose',
  },
  agentDownstream: {
    welcome: 'The connection is authenticated; how often to report',
    reported: 'What was taken of a report, and how these services stand',
    service: 'A flag of one of the agent’s services has changed',
    error: 'Something said cannot be used',
  },
  webhook: {
    'io.hostbeat.changes': 'What one commit meant for a project',
    'io.hostbeat.reset': 'The events in between are no longer kept: read the present state',
    'io.hostbeat.test': 'The owner asked for it, and nothing happened',
  },
};

/** Both sides, and both protocols, have frames with the same name, so the sender is part of a message's key. */
const SIDES = {
  upstream: { union: Upstream, sender: 'client', protocol: '' },
  downstream: { union: Downstream, sender: 'server', protocol: '' },
  agentUpstream: { union: AgentUpstream, sender: 'client', protocol: 'agent_' },
  agentDownstream: { union: AgentDownstream, sender: 'server', protocol: 'agent_' },
  webhook: { union: WebhookMessage, sender: 'server', protocol: 'webhook_' },
} as const;
type Side = keyof typeof SIDES;
const NAMES = Object.keys(SIDES) as Side[];

const ref = (path: string) => ({ $ref: `#/${path}` });
const schemaAt = (name: string) => `#/components/schemas/${name}`;

/**
 * @param about.version of the server that speaks, or of the package that is published
 * @param about.url where it can be reached
 */
export function asyncApi(about: { readonly version: string; readonly url: string }): JsonSchema {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'hostbeat: streams',
      version: about.version,
      description: `The subprotocols ${SUBPROTOCOL} and ${AGENT_SUBPROTOCOL}, and what webhooks bring. Readers ignore keys, types and kinds they do not know. The rules of order, resuming and closing are in PROTOCOL.md.`,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: serversAt(about.url),
    channels: {
      stream: {
        address: '/v1/stream',
        description: `A WebSocket with the subprotocol ${SUBPROTOCOL}, for owners of servers and for operators.`,
        servers: [ref('servers/sockets')],
        messages: { ...messagesOf('upstream'), ...messagesOf('downstream') },
        bindings: { ws: { method: 'GET' } },
      },
      events: {
        address: '/v1/events',
        description:
          'The same frames of the server as Server-Sent Events: `event` is the type, `id` the cursor, and `Last-Event-ID` resumes.',
        servers: [ref('servers/http')],
        messages: messagesOf('downstream'),
      },
      agent: {
        address: '/v1/agent',
        description: `A WebSocket with the subprotocol ${AGENT_SUBPROTOCOL}, for the agents of hosts.`,
        servers: [ref('servers/sockets')],
        messages: { ...messagesOf('agentUpstream'), ...messagesOf('agentDownstream') },
        bindings: { ws: { method: 'GET' } },
      },
      webhook: {
        // The receiver chooses its address.
        address: null,
        description:
          'A POST to an owner’s endpoint, signed as Standard Webhooks says. CloudEvents 1.0, whole in the body.',
        messages: messagesOf('webhook'),
      },
    },
    operations: {
      takeRequests: operation('receive', 'stream', 'upstream'),
      sendFrames: operation('send', 'stream', 'downstream'),
      sendEvents: operation('send', 'events', 'downstream'),
      takeReports: operation('receive', 'agent', 'agentUpstream'),
      answerReports: operation('send', 'agent', 'agentDownstream'),
      callWebhook: operation('send', 'webhook', 'webhook'),
    },
    components: {
      messages: Object.fromEntries(NAMES.flatMap((side) => framesOf(side).map(message))),
      schemas: {
        ...definitions(SCHEMAS[SUBPROTOCOL], schemaAt, 'draft-7'),
        ...definitions(SCHEMAS[AGENT_SUBPROTOCOL], schemaAt, 'draft-7'),
        ...definitions(SCHEMAS[WEBHOOK_MESSAGES], schemaAt, 'draft-7'),
      },
      securitySchemes: {
        token: {
          type: 'httpApiKey',
          in: 'header',
          name: 'X-Auth-Token',
          description: 'A Keystone token. On a socket it may also come in the frame `hello`.',
        },
        bearer: { type: 'http', scheme: 'bearer', description: 'The same token.' },
      },
    },
  };
}

/** The document's `servers`, the one part of it that depends on the address. */
export function serversAt(url: string): JsonSchema {
  const { host, protocol, pathname } = new URL(url);
  const secure = protocol === 'https:' ? 's' : '';
  const security = ['token', 'bearer'].map((name) => ref(`components/securitySchemes/${name}`));
  const place = { host, ...(pathname === '/' ? {} : { pathname }), security };
  return {
    sockets: { ...place, protocol: `ws${secure}` },
    http: { ...place, protocol: `http${secure}` },
  };
}

interface Frame {
  readonly side: Side;
  readonly type: string;
  readonly schema: z.ZodType;
}

function framesOf(side: Side): Frame[] {
  return SIDES[side].union.options.map((schema) => ({ side, type: schema.shape.type.value, schema }));
}

/** Within its channel. */
function keyOf({ side, type }: Frame): string {
  return `${SIDES[side].sender}_${type}`;
}

/** Among all channels. */
function idOf(frame: Frame): string {
  return SIDES[frame.side].protocol + keyOf(frame);
}

function message(frame: Frame): [string, JsonSchema] {
  const summary = (SUMMARIES[frame.side] as Record<string, string>)[frame.type];
  return [idOf(frame), { name: frame.type, summary, payload: { $ref: schemaAt(nameOf(frame.schema)) } }];
}

function nameOf(schema: z.ZodType): string {
  for (const schemas of Object.values(SCHEMAS)) {
    const name = Object.keys(schemas).find((key) => schemas[key] === schema);
    if (name !== undefined) return name;
  }
  throw new Error('a frame whose schema is not exported: export it from its file in client-sdk/protocol');
}

function messagesOf(side: Side): Record<string, JsonSchema> {
  return Object.fromEntries(
    framesOf(side).map((frame) => [keyOf(frame), ref(`components/messages/${idOf(frame)}`)]),
  );
}

/** From the server's side, as AsyncAPI 3 asks: it receives what a client sends. */
function operation(action: 'send' | 'receive', channel: string, side: Side): JsonSchema {
  return {
    action,
    channel: ref(`channels/${channel}`),
    messages: framesOf(side).map((frame) => ref(`channels/${channel}/messages/${keyOf(frame)}`)),
  };
}
