/**
 * Damping of a service that comes and goes. Asymmetric: what is lost by telling a return late is little, what is lost
 * by telling a silence late is what hostbeat is for; so only the return is ever held.
 */
import type { Duration, Monotonic } from './clock.ts';

/** Edges are counted over so long. */
export const FLAP_WINDOW: Duration = 600_000;
/** From this edge within the window on a service counts as flapping. */
const FLAPPING_FROM = 4;
const FIRST_HOLD: Duration = 30_000;
export const LONGEST_HOLD: Duration = 300_000;

/** Those of a service's edges, oldest first, that still count. */
export function edgesWithin(edges: readonly Monotonic[], now: Monotonic): Monotonic[] {
  return edges.filter((at) => now - at < FLAP_WINDOW);
}

/** @param edges how many lie within the window, the newest included */
export function isFlapping(edges: number): boolean {
  return edges >= FLAPPING_FROM;
}

/** How long a service must be heard without a break before its return is told; doubles with every further return. */
export function holdOf(edges: number): Duration {
  if (!isFlapping(edges)) return 0;
  return Math.min(FIRST_HOLD * 2 ** Math.floor((edges - FLAPPING_FROM) / 2), LONGEST_HOLD);
}
