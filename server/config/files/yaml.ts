/** Reads YAML. The package is seventy files, and most servers have no file in YAML: it is loaded when one is read. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const yaml = () => require('yaml') as typeof import('yaml');
