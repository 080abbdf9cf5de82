import manifest from '../package.json' with { type: 'json' };

/** Name and version sent to clients. */
export const SERVER = { name: 'hostbeat', version: manifest.version } as const;
