/**
 * Imported first by every entry point and by the file that names the SQLite driver: under an older Node the driver
 * would end the process with a segmentation fault, so we say what to do before it is loaded. Plain JavaScript, so
 * that any Node can read it.
 */
const OLDEST_NODE = 22;

if (typeof globalThis.Deno === 'undefined') {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST_NODE) {
    process.stderr.write(
      `hostbeat needs Node ${OLDEST_NODE} or newer and this is ${process.versions.node}; from a checkout use "npm run …" or "npm start", which bring their own.\n`,
    );
    process.exit(78);
  }
}
