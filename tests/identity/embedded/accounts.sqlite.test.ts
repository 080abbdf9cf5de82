import { accountsContract } from '../../contract/accounts.contract.ts';
import { openTestStore } from '../../support/store.ts';

accountsContract('SQLite in memory', () => openTestStore());
accountsContract('SQLite on a file', () => openTestStore({ file: true }));
