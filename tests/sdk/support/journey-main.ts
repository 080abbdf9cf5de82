/** The journey as a program of its own: `journey-main.ts URL TOKEN SERVER`. Says its steps on standard output. */
import process from 'node:process';
import { travel } from './journey.ts';

const [url = '', token = '', server = ''] = process.argv.slice(2);
await travel({ url, token, server }, (line) => console.log(line));
