/**
 * Damping of a service that comes and goes. Asymmetric: announcing a recovery late costs little, but announcing a
 * silence late defeats the purpose of hostbeat; so only recoveries are ever held back.
 */
import type { Duration, Monotonic } from '../clock.ts';

/** Edges are counted over this window. */
export const FLAP_WINDOW: Duration = 600_000;
/** From this many edges in the window a service counts as flapping. */
const FLAPPING_FROM = 4;
const FIRST_HOLD: Duration = 30_000;
export const LONGEST_HOLD: Duration = 300_000;

/** A service's edges that still count, oldest first. */
export function edgesWithin(edges: readonly Monotonic[], now: Monotonic): Monotonic[] {
  return edges.filter((at) => now - at < FLAP_WINDOW);
}

/** @param edges how many lie within the window, the newest included */
export function isFlapping(edges: number): boolean {
  return edges >= FLAPPING_FROM;
}

/**
 * How long a service must report without a break before its recovery is committed; doubles with every further one.
 */
export function holdOf(edges: number): Duration {
  if (!isFlapping(edges)) return 0;
  return Math.min(FIRST_HOLD * 2 ** Math.floor((edges - FLAPPING_FROM) / 2), LONGEST_HOLD);
}
