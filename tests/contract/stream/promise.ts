import type { HubSettings } from '../../../server/hub/connection/context.ts';
import type { StreamWorld } from '../../support/stream-world.ts';

/** Opens one more deployment; it is closed after the promise was checked. */
export type OpenWorld = (settings?: Partial<HubSettings>) => Promise<StreamWorld>;

/** Declares one promise as a test. */
export type StreamPromise = (text: string, check: (open: OpenWorld) => Promise<void>) => void;
