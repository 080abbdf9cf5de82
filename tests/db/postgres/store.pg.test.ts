import { accountsContract } from '../../contract/accounts.contract.ts';
import { auditLogContract } from '../../contract/audit-log.contract.ts';
import { cursorKeysContract } from '../../contract/cursor-keys.contract.ts';
import { drillsContract } from '../../contract/drills.contract.ts';
import { explanationLogContract } from '../../contract/explanation-log.contract.ts';
import { historyContract } from '../../contract/history.contract.ts';
import { instanceQueryContract } from '../../contract/instance-query.contract.ts';
import { listTurnsContract } from '../../contract/list-turns.contract.ts';
import { numberingContract } from '../../contract/numbering.contract.ts';
import { storeContract } from '../../contract/store.contract.ts';
import { storeModelContract } from '../../contract/store-model.contract.ts';
import { watchKeysContract } from '../../contract/watch-keys.contract.ts';
import { webhookStoreContract } from '../../contract/webhook-store.contract.ts';
import { hasPostgres, openPostgresStore } from '../../support/postgres/stores.ts';

if (hasPostgres('the contracts of the store')) {
  storeContract('PostgreSQL', (clock) => openPostgresStore({ clock }));
  storeModelContract('PostgreSQL', () => openPostgresStore());
  instanceQueryContract('PostgreSQL', () => openPostgresStore());
  listTurnsContract('PostgreSQL', () => openPostgresStore());
  historyContract('PostgreSQL', () => openPostgresStore());
  numberingContract('PostgreSQL', () => openPostgresStore());
  explanationLogContract('PostgreSQL', () => openPostgresStore());
  auditLogContract('PostgreSQL', () => openPostgresStore());
  drillsContract('PostgreSQL', (clock) => openPostgresStore({ clock }));
  webhookStoreContract('PostgreSQL', () => openPostgresStore());
  accountsContract('PostgreSQL', () => openPostgresStore());
  cursorKeysContract('PostgreSQL', () => openPostgresStore());
  watchKeysContract('PostgreSQL', () => openPostgresStore());
}
