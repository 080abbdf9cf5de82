import { drillsContract } from '../../contract/drills.contract.ts';
import { explanationLogContract } from '../../contract/explanation-log.contract.ts';
import { historyContract } from '../../contract/history.contract.ts';
import { instanceQueryContract } from '../../contract/instance-query.contract.ts';
import { storeContract } from '../../contract/store.contract.ts';
import { storeModelContract } from '../../contract/store-model.contract.ts';
import { webhookStoreContract } from '../../contract/webhook-store.contract.ts';
import { openTestStore } from '../../support/store.ts';

storeContract('SQLite in memory', (clock) => openTestStore({ clock, once: true }));
storeContract('SQLite on a file', (clock) => openTestStore({ clock, file: true, once: true }));
storeModelContract('SQLite', () => openTestStore());
instanceQueryContract('SQLite', () => openTestStore());
historyContract('SQLite', () => openTestStore());
explanationLogContract('SQLite', () => openTestStore());
drillsContract('SQLite in memory', (clock) => openTestStore({ clock }));
drillsContract('SQLite on a file', (clock) => openTestStore({ clock, file: true, once: true }));
webhookStoreContract('SQLite on a file', () => openTestStore({ file: true }));
