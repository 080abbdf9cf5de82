/**
 * Distinguishes hostbeat's own answers from those of a proxy or firewall in between. A proxy's page, a captive portal's
 * 401 or a firewall's 403 says nothing about the credentials: it is an outage, and an outage passes.
 */

/** Most bytes of an answer that are read. */
export const MOST_OF_AN_ANSWER = 4_096;

/** The message in an error as hostbeat, Keystone and Nova write it: one object with a message in it. */
export function messageIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  for (const inner of Object.values(body)) {
    const message = (inner as { message?: unknown } | null)?.message;
    if (typeof message === 'string') return message;
  }
  return undefined;
}

/** The message of an API's own refusal, empty where it gives none; undefined for a proxy's page. */
export function ownMessage(text: string): string | undefined {
  if (text.trim() === '') return '';
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (messageIn(body) ?? '') : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The error for a redirect, which is never followed: that would send the token there. It shows `to`, so that the user
 * can give that URL.
 */
export function redirectWords(url: string, status: number, to: string | null | undefined): string {
  const place = to ? ` to ${to.slice(0, 200)}` : '';
  return `${url} answers ${status}, a redirect${place}, which is not followed: credentials go to the address that was named and to no other; name the right one by --url or OS_AUTH_URL`;
}
