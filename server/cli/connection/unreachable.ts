/** Explains why a server was not reached, and what to do about it. */
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';

/** Fixes by the system's error code; the first match counts. */
const FIXES: readonly (readonly [word: RegExp, fix: string])[] = [
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, 'its certificate is out of date, or a clock is wrong'],
  [/ALTNAME/, 'its certificate is for another name, use that name'],
  [
    /CERT|SELF_SIGNED|LEAF_SIGNATURE/,
    'its certificate is not trusted here, name a file with its authority in NODE_EXTRA_CA_CERTS (Deno: DENO_CERT)',
  ],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|EPROTO/, 'it does not speak TLS, write http:// instead of https://'],
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not known here, check it and DNS'],
  [/UND_ERR_SOCKET/, 'it hung up, does it speak https?'],
];

/** The error when no server answers, or not in HTTP, or not in time. */
export function unreachable(url: string, option: string, error: unknown): CliError {
  const fix = fixOf(wordOf(error)) ?? 'is the server running ("hostbeat serve")?';
  return new CliError(
    EXIT.unavailable,
    `cannot reach ${new URL(url).origin} (${wordOf(error)}): ${fix}${fix.endsWith('?') ? '' : '.'} Name another by ${option}.`,
    { cause: error },
  );
}

const READY_TIMEOUT_MS = 2_000;

/** The reason in a 503 of the server, such as a locked database. Undefined if it gives none. */
export async function whyNotReady(url: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
    const answer = await fetch(`${url}/readyz`, { signal, redirect: 'manual' });
    const { ready, reason } = (await answer.json()) as {
      readonly ready?: unknown;
      readonly reason?: unknown;
    };
    return ready === false && typeof reason === 'string' ? reason : undefined;
  } catch {
    return undefined;
  }
}

/** The cause in a few words, with the fix where the error code implies one. */
export function unreachableReason(error: unknown): string {
  const word = wordOf(error);
  const fix = fixOf(word);
  return fix === undefined ? word : `${word}: ${fix}`;
}

/** The system's error code: ECONNREFUSED, ENOTFOUND, a timeout. */
function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause instanceof Error ? error.cause : error;
  const inner = cause instanceof AggregateError ? (cause.errors[0] as Error) : cause;
  return (inner as NodeJS.ErrnoException).code ?? inner.message;
}

function fixOf(word: string): string | undefined {
  return FIXES.find(([pattern]) => pattern.test(word))?.[1];
}
