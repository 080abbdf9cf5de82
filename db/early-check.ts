/** Loads little, so that it runs before the rest of the program is loaded. */
import { IN_MEMORY } from './sqlite/file/client.ts';
import { beginCheck } from './sqlite/file/upkeep/early-check.ts';
import { isPostgres, sqlitePath } from './url.ts';

/** Begins the check of the file that `url` names, which `openDatabase` then finds begun. */
export function checkEarly(url: string): void {
  if (isPostgres(url)) return;
  const path = sqlitePath(url);
  if (path !== IN_MEMORY) beginCheck(path);
}
