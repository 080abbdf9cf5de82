/** The journey as a program of its own: `journey-main.ts URL TOKEN SERVER TRANSPORT`. Says its steps on standard output. */
import process from 'node:process';
import { travel } from './journey.ts';

const [url = '', token = '', server = '', transport] = process.argv.slice(2);
const way = { transport: transport === 'events' ? 'events' : 'websocket' } as const;
await travel({ url, token, server, ...way }, (line) => console.log(line));
