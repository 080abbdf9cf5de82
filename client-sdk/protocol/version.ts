/** The WebSocket subprotocol an owner's or operator's client asks for. A change that breaks a reader gets a new name. */
export const SUBPROTOCOL = 'hostbeat.v1';
/** The WebSocket subprotocol an agent asks for. */
export const AGENT_SUBPROTOCOL = 'hostbeat-agent.v1';
/** Names the schema document of webhook messages in the format `cloudevents`. No client asks for a subprotocol of this name. */
export const WEBHOOK_MESSAGES = 'hostbeat-webhook.v1';
/** Prefix of the second subprotocol with which a browser, which cannot set headers, sends its token (base64url). */
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.';
/** Prefix of the second subprotocol that carries a one-use ticket. */
export const TICKET_SUBPROTOCOL_PREFIX = 'ticket.';

/** One line for every released version of the wire. */
export const PROTOCOL_HISTORY = ['hostbeat.v1: the first'] as const;
