import { storeContract } from '../contract/store.contract.ts';
import { openTestStore } from '../support/store.ts';

storeContract('SQLite in memory', (clock) => openTestStore({ clock }));
storeContract('SQLite on a file', (clock) => openTestStore({ clock, file: true }));
