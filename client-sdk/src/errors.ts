import { BAD_TOKEN, FORBIDDEN, retryAfter, TOKEN_EXPIRED } from '../protocol/close-numbers.ts';
import type { ErrorCode } from '../protocol/downstream.ts';

/**
 * One class per cause. `shouldRetry()` says whether the same call can succeed later; the client itself continues when
 * it can and stops when it cannot, so an application mostly logs these.
 */
export abstract class HostbeatError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  /** True by default: networks and servers come back, and the stream resumes. */
  shouldRetry(): boolean {
    return true;
  }
}

/** The connection broke, or the server closed it for a reason that passes. */
export class ConnectionLostError extends HostbeatError {
  /** WebSocket close code; 1006 when there was none. */
  readonly code: number;
  /** The reason, as far as the platform gives one. */
  readonly reason: string;

  constructor(code: number, reason: string) {
    super(`the connection was lost (${code}${reason === '' ? '' : ` ${reason}`})`);
    this.code = code;
    this.reason = reason;
  }
}

/** The peer accepted the connection and then said nothing for too long: it, or the network to it, is dead. */
export class SilenceError extends HostbeatError {
  constructor(what: string, ms: number) {
    super(`${what} for ${ms} ms: it is taken for dead`);
  }
}

/** The application's own token provider failed. */
export class TokenProviderError extends HostbeatError {
  constructor(cause: unknown) {
    super(`the option "token" gave no token: ${messageOf(cause)}`, { cause });
  }
}

/** The token has expired (4103). */
export class TokenExpiredError extends HostbeatError {
  constructor() {
    super('the token has expired: a new one is fetched');
  }
}

/** The server does not accept the token (4401). */
export class AuthenticationError extends HostbeatError {
  constructor(reason: string) {
    super(`the server does not accept the token (${reason}): give a valid one in "token"`);
  }

  /** The same token will be refused again. */
  override shouldRetry(): boolean {
    return false;
  }
}

/** The token is valid, but lacks the right (4403, or `unsubscribed`). */
export class ForbiddenError extends HostbeatError {
  constructor(reason: string) {
    super(`the server refuses the stream (${reason}): check "stream", "projectId" and roles`);
  }

  /** Another attempt does not bring a right back. */
  override shouldRetry(): boolean {
    return false;
  }
}

/** The server does not understand this client (4400, 4406, 4409): one of the two is too old, or `url` is wrong. */
export class IncompatibleError extends HostbeatError {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(
      `the server does not understand this client (${code} ${reason}): check the option "url" and versions`,
    );
    this.code = code;
  }

  /** The same frames would be refused again. */
  override shouldRetry(): boolean {
    return false;
  }
}

/** The server sent what the protocol does not allow. */
export class ProtocolError extends HostbeatError {
  constructor(what: string) {
    super(`the server sent ${what}`);
  }
}

/** The stream skipped items. The client asks for them again; if the server does not have them, a `reset` follows. */
export class GapError extends HostbeatError {
  readonly after: number;
  readonly got: number;

  constructor(after: number, got: number) {
    super(`the stream jumped from seq ${after} to ${got}: resuming from before it`);
    this.after = after;
    this.got = got;
  }
}

/** An `error` frame: the server could not do one thing that the client asked for. */
export class ServerError extends HostbeatError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(`the server answered ${code}: ${message}`);
    this.code = code;
  }

  /** True only if the server's trouble, not the request, is the cause. */
  override shouldRetry(): boolean {
    return this.code === 'unavailable' || this.code === 'internal' || this.code === 'limit';
  }
}

/** The application's `onCursor` failed: it may see items again after its next start. */
export class CursorNotKeptError extends HostbeatError {
  constructor(cause: unknown) {
    super(`the option "onCursor" failed: ${messageOf(cause)}`, { cause });
  }
}

/** A named server is not in the project, or no longer: the stream will never mention it. */
export class UnknownServerError extends HostbeatError {
  readonly serverIds: readonly string[];

  constructor(serverIds: readonly string[], isRemoved = false) {
    const what = isRemoved
      ? 'was removed, or is no longer in this project'
      : 'is not a server of this project';
    super(`${serverIds.join(', ')} ${what}: check the id and the project of the token`);
    this.serverIds = serverIds;
  }

  /** The program must name another server. */
  override shouldRetry(): boolean {
    return false;
  }
}

/** The client was closed before the awaited state came. */
export class ClosedError extends HostbeatError {
  constructor() {
    super('the client is closed');
  }

  /** A closed client stays closed; make a new one. */
  override shouldRetry(): boolean {
    return false;
  }
}

/** An option or a call that cannot work. Thrown at once, at the caller. */
export class UsageError extends HostbeatError {
  /** The program must be changed. */
  override shouldRetry(): boolean {
    return false;
  }
}

/** The error for a close of the server. */
export function errorOfClose(code: number, reason: string): HostbeatError {
  switch (code) {
    case TOKEN_EXPIRED:
      return new TokenExpiredError();
    case BAD_TOKEN:
      return new AuthenticationError(reason);
    case FORBIDDEN:
      return new ForbiddenError(reason);
    default:
      return retryAfter(code) === 'stop'
        ? new IncompatibleError(code, reason)
        : new ConnectionLostError(code, reason);
  }
}

/** An error's message with its cause: `fetch` says only that it failed, the cause says why. */
export function messageOf(cause: unknown, depth = 3): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as { code?: unknown }).code;
  const own = cause.message || cause.name;
  const known = typeof code !== 'string' || own.includes(code) ? own : `${own} (${code})`;
  return cause.cause === undefined || depth === 0 ? known : `${known}: ${messageOf(cause.cause, depth - 1)}`;
}
