/** The types of `doctor`: a check, and its finding. */
import type { CredentialTokens } from '../connection/credentials.ts';
import type { HttpClient } from '../connection/http-client.ts';

export interface Finding {
  readonly verdict: 'ok' | 'note' | 'wrong' | 'skipped';
  readonly words: string;
}

export interface DoctorContext {
  readonly url: string;
  readonly tokens: CredentialTokens | undefined;
  /** Clients without and with a token. */
  readonly open: HttpClient;
  readonly http: HttpClient;
}

export interface DoctorCheck {
  readonly name: string;
  /** Checks that must pass before this one can run. */
  readonly needs: readonly string[];
  run(context: DoctorContext): Promise<Finding>;
}

/** The second decimal of Nova's 2.16, below which host_status does not exist. */
export const HOST_STATUS_SINCE = 16;

export const FAULTS = 'What to do about each fault: "When something fails" in docs/operations.md';

/**
 * An observer in doubt still serves. It is reported, because meanwhile the absence of an alarm does not mean that all
 * is well.
 */
export function doubts(observer: string, reason: string): Finding {
  const fix =
    observer === 'paused'
      ? 'If it comes again, something stops this process: a suspended machine, memory that swaps'
      : FAULTS;
  return wrong(`hostbeat reports that it is ${observer}: ${reason}. ${fix}`);
}

export function ok(words: string): Finding {
  return { verdict: 'ok', words };
}

export function note(words: string): Finding {
  return { verdict: 'note', words };
}

export function wrong(words: string): Finding {
  return { verdict: 'wrong', words };
}

const MOST_NAMED = 5;

/** The first few names, and the number of the others. */
export function some(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}`;
}
