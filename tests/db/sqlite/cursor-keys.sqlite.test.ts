import { cursorKeysContract } from '../../contract/cursor-keys.contract.ts';
import { openTestStore } from '../../support/store.ts';

cursorKeysContract('SQLite in memory', () => openTestStore());
cursorKeysContract('SQLite on a file', () => openTestStore({ file: true }));
