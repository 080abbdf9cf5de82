/**
 * Reads the settings that the conformance server passes to a client, and supplies tokens: shared by the clients of this
 * folder.
 */
import process from 'node:process';

/** From the environment, as `hostbeat conformance serve` sets it. */
export function setupFrom(env = process.env) {
  return {
    url: env.HOSTBEAT_URL ?? '',
    transport: env.HOSTBEAT_TRANSPORT ?? 'websocket',
    tokens: JSON.parse(env.HOSTBEAT_TOKENS ?? '[]'),
    tokenIn: env.HOSTBEAT_TOKEN_IN ?? 'hello',
    cursor: env.HOSTBEAT_CURSOR,
    tokenTimeoutMs: Number(env.HOSTBEAT_TOKEN_TIMEOUT_MS ?? 10_000),
  };
}

/** The n-th call returns the n-th token: `token-1`, `token-2` … unless the scenario has others, or one that fails. */
export function tokenProvider({ url, tokens, tokenIn }) {
  let asked = 0;
  return async () => {
    const token = tokens[asked++] ?? `token-${asked}`;
    if (token === '!fail') throw new Error('the token provider failed');
    if (token === '!hang') await new Promise(() => {});
    if (tokenIn !== 'ticket') return token;
    const answer = await fetch(`${url.split(',')[0]}/v1/tickets`, {
      method: 'POST',
      headers: { 'x-auth-token': token },
    });
    return (await answer.json()).ticket;
  };
}

export const print = (decision) => console.log(JSON.stringify(decision));
