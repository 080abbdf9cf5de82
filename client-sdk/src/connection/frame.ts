import type { Downstream } from '../../protocol/downstream.ts';
import { ProtocolError } from '../errors.ts';

type Fields = Record<string, unknown>;
type FrameType = Downstream['type'];

const text = (value: unknown) => typeof value === 'string';
const count = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Checks only what the client relies on in each frame, so that everything else may change without breaking it. The
 * schemas check everything, but would bring their library into every browser.
 */
const CHECKS: Record<FrameType, (frame: Fields) => boolean> = {
  welcome: (f) => text(f.session) && count(f.health_interval_ms) && (f.health_interval_ms as number) > 0,
  snapshot: (f) => text(f.id) && count(f.part) && typeof f.last === 'boolean' && areItems(f.items),
  synced: (f) => text(f.id) && text(f.cursor) && text(f.how),
  event: (f) => text(f.cursor) && count(f.seq) && (f.seq as number) > 0 && areItems(f.items),
  health: (f) => text(f.observer) && areItems(f.subscriptions),
  unsubscribed: (f) => text(f.id),
  auth_expiring: (f) => count(f.in_ms),
  auth_ok: () => true,
  pong: () => true,
  drain: (f) => isWindow(f.reconnect_in_ms),
  error: (f) => text(f.code) && text(f.message),
};

/**
 * Reads one frame of the server.
 * @returns undefined for a type this client does not know: a newer server may have more types
 * @throws ProtocolError for a text that is not a frame, or lacks a field that the client relies on
 */
export function readFrame(data: unknown): Downstream | undefined {
  if (typeof data !== 'string') throw new ProtocolError('a binary frame');
  let frame: unknown;
  try {
    frame = JSON.parse(data);
  } catch {
    throw new ProtocolError('a frame that is not JSON');
  }
  if (!isFields(frame) || typeof frame.type !== 'string') {
    throw new ProtocolError('a frame without a type');
  }
  if (!Object.hasOwn(CHECKS, frame.type)) return undefined;
  if (!CHECKS[frame.type as FrameType](frame)) {
    throw new ProtocolError(`a damaged frame of type "${frame.type}"`);
  }
  return frame as unknown as Downstream;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areItems(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFields);
}

function isWindow(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(count) && value[0] <= value[1];
}
