/** Examines a server before anything is written to it: a database that does not meet our needs stays as it is. */
import { randomUUID } from 'node:crypto';
import { DatabaseRefused, type RefusalReason } from '../../refused.ts';
import { type DatabaseAddress, nameOf } from './address.ts';
import { type Client, letGo } from './driver.ts';
import { connectPrimary } from './session.ts';

const LISTEN_MS = 2_000;

/**
 * @returns whether the schema is there
 * @throws DatabaseRefused
 */
export async function examineServer(
  client: Client,
  address: DatabaseAddress,
): Promise<{ readonly hasSchema: boolean }> {
  const { schema, user, database } = address;
  const refuse = (reason: RefusalReason, message: string): never => {
    throw new DatabaseRefused(reason, `${nameOf(address)}: ${message}`);
  };
  const found = await client.query({
    text: `SELECT current_setting('transaction_read_only') AS readonly,
      current_setting('server_encoding') AS encoding, to_regnamespace($1) IS NOT NULL AS present,
      has_database_privilege(current_database(), 'CREATE') AS may_create,
      coalesce(has_schema_privilege(to_regnamespace($1), 'CREATE'), false) AS may_use`,
    values: [schema],
  });
  const { readonly, encoding, present, may_create, may_use } = found.rows[0];
  if (readonly === 'on')
    refuse(
      'unreachable',
      `it is read-only: name the primary, or ALTER DATABASE "${database}" SET default_transaction_read_only = off`,
    );
  if (encoding !== 'UTF8')
    refuse(
      'unsupported',
      `its encoding is ${encoding}: make a database with ENCODING 'UTF8' TEMPLATE template0`,
    );
  if (!present && !may_create)
    refuse(
      'forbidden',
      `user "${user}" may not make the schema "${schema}": CREATE SCHEMA "${schema}" AUTHORIZATION "${user}", or GRANT CREATE ON DATABASE "${database}" TO "${user}"`,
    );
  if (present && !may_use)
    refuse(
      'forbidden',
      `user "${user}" may not write in the schema "${schema}": ALTER SCHEMA "${schema}" OWNER TO "${user}"`,
    );
  return { hasSchema: present };
}

/**
 * A pooler that lends a connection for one transaction loses session locks, settings and LISTEN. Two connections reveal
 * it: one must receive what the other sends.
 * @throws DatabaseRefused `unsupported`
 */
export async function refusePooler(client: Client, address: DatabaseAddress): Promise<void> {
  const channel = `hostbeat_${randomUUID().replaceAll('-', '')}`;
  const other = await connectPrimary(address, 'check');
  try {
    const heard = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), LISTEN_MS);
      client.on('notification', (message) => {
        if (message.channel !== channel) return;
        clearTimeout(timer);
        resolve(true);
      });
    });
    await client.query(`LISTEN ${channel}`);
    await other.client.query(`NOTIFY ${channel}`);
    if (!(await heard)) {
      throw new DatabaseRefused(
        'unsupported',
        `${nameOf(address)}: a pooler in transaction mode is in between, or LISTEN does not work: give the direct address of PostgreSQL`,
      );
    }
    await client.query(`UNLISTEN ${channel}`);
  } finally {
    client.removeAllListeners('notification');
    letGo(other.client);
  }
}
