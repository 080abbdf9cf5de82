/** A connection without a token may wait for its `hello` this long, and only so many may wait at once. */
import type { HubContext } from '../connection/context.ts';

export type HelloContext = Pick<HubContext, 'handshakeLimits' | 'settings' | 'setTimer'>;

/** @param late called if no hello arrives in time @returns ends the wait */
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
