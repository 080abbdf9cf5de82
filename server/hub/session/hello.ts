/** Limits how long, and how many, connections without a token may wait for their `hello`. */
import type { HubContext } from '../connection/context.ts';

export type HelloContext = Pick<HubContext, 'handshakeLimits' | 'settings' | 'setTimer'>;

/** @param late called if no hello arrives in time @returns a function that ends the wait */
export function waitForHello(
  { handshakeLimits, settings, setTimer }: HelloContext,
  address: string | undefined,
  late: () => void,
): () => void {
  const leave = handshakeLimits.enter(address);
  const cancel = setTimer(late, settings.helloTimeout);
  return () => {
    leave();
    cancel();
  };
}
