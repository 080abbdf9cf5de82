import { streamContract } from '../../contract/stream.contract.ts';
import { StreamWorld } from '../../support/stream-world.ts';

streamContract('SQLite', (settings) => StreamWorld.open(settings));
