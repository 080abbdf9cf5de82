/** Can we receive? The rule that weighs the other services' reports and the witness, an address outside. */

/** What a witness says. `asking`: it has not answered yet; `unset`: none is configured. */
export const WITNESS_ANSWERS = ['reachable', 'unreachable', 'asking', 'unset'] as const;
export type WitnessAnswer = (typeof WITNESS_ANSWERS)[number];

/** `asking`: the answer will be known in a moment. */
export type Reception = 'yes' | 'no' | 'asking';

/** This many reporting services are believed without a witness. */
const ENOUGH_PEERS = 3;

/** What the services that are not suspected show. */
export interface PeerWord {
  /** Do most services of at least one zone report as usual? */
  readonly areHeard: boolean;
  /** How many report as usual, in all zones. */
  readonly vouching: number;
}

/** Are there too few other services for their reports to count? Then the witness is asked. */
export function needsWitness({ areHeard, vouching }: PeerWord): boolean {
  return !areHeard && vouching < ENOUGH_PEERS;
}

/** @param witness called only if it is needed */
export function reception(peers: PeerWord, witness: () => WitnessAnswer): Reception {
  if (peers.areHeard) return 'yes';
  if (!needsWitness(peers)) return 'no';
  const answer = witness();
  if (answer === 'reachable') return 'yes';
  return answer === 'asking' ? 'asking' : 'no';
}
