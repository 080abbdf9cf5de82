import { watchKeysContract } from '../../contract/watch-keys.contract.ts';
import { openTestStore } from '../../support/store.ts';

watchKeysContract('SQLite in memory', () => openTestStore());
watchKeysContract('SQLite on a file', () => openTestStore({ file: true }));
