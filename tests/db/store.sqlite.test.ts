import { instanceQueryContract } from '../contract/instance-query.contract.ts';
import { storeContract } from '../contract/store.contract.ts';
import { storeModelContract } from '../contract/store-model.contract.ts';
import { openTestStore } from '../support/store.ts';

storeContract('SQLite in memory', (clock) => openTestStore({ clock }));
storeContract('SQLite on a file', (clock) => openTestStore({ clock, file: true }));
storeModelContract('SQLite', () => openTestStore());
instanceQueryContract('SQLite', () => openTestStore());
