/** Counts doubled slashes as one, as Nova's own front end does: clients that join URLs carelessly rely on it. */
export function folded(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}
