/** Can we receive? The rule that weighs the other services' reports and the witness, an address outside. */

/** What a witness says. `asking`: it has not answered yet; `unset`: none is configured. */
export const WITNESS_ANSWERS = ['reachable', 'unreachable', 'asking', 'unset'] as const;
export type WitnessAnswer = (typeof WITNESS_ANSWERS)[number];

/** `asking`: the answer is a moment away. */
export type Reception = 'yes' | 'no' | 'asking';

/** This number of reporting services is believed without a witness. */
const ENOUGH_PEERS = 3;

/** What the services say that are not suspected. */
export interface PeerWord {
  /** Do most services of at least one zone report as usual? */
  readonly areHeard: boolean;
  /** How many report as usual, in all zones. */
  readonly vouching: number;
}

/** Are there too few others for their word to count? Then a witness is asked. */
export function needsWitness({ areHeard, vouching }: PeerWord): boolean {
  return !areHeard && vouching < ENOUGH_PEERS;
}

/** @param witness called only where one is needed */
export function reception(peers: PeerWord, witness: () => WitnessAnswer): Reception {
  if (peers.areHeard) return 'yes';
  if (!needsWitness(peers)) return 'no';
  const answer = witness();
  if (answer === 'reachable') return 'yes';
  return answer === 'asking' ? 'asking' : 'no';
}
