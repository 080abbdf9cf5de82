/** The baseline of a start: opens the file, reads every service into memory, counts the servers. */
import Database from 'better-sqlite3';

const database = new Database(process.argv[2] ?? '', { readonly: true });
const services = new Map<string, unknown>();
for (const row of database.prepare<[], { host: string }>('SELECT * FROM services').iterate())
  services.set(row.host, row);
const servers = database.prepare('SELECT count(*) FROM instances WHERE deleted_at IS NULL').pluck().get();
console.log(`${services.size} services, ${servers} servers`);
process.on('disconnect', () => process.exit(0));
