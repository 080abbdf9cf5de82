/** Doubled slashes count as one: Nova's own front folds them, and clients that join URLs carelessly rely on it. */
export function folded(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}
