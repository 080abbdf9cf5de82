/**
 * `node:http` and nothing else: reads the body and parses it where there is one, then writes one ready answer, given as
 * the only argument: `{headers: [name, value, …], body}`.
 */
import { createServer } from 'node:http';

interface Answer {
  readonly headers: string[];
  readonly body: string;
}

const { headers, body } = JSON.parse(process.argv[2] ?? '{}') as Answer;
const bytes = Buffer.from(body);
let reported = 0;

const server = createServer((request, response) => {
  const answer = () => {
    response.writeHead(200, headers);
    response.end(bytes);
  };
  if (request.method === 'GET') return answer();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { reports } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly reports: unknown[] };
    reported += reports.length;
    answer();
  });
});
server.listen(0, '127.0.0.1', 4_096, () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) console.log(`http://127.0.0.1:${address.port}`);
});
process.on('disconnect', () => process.exit(reported < 0 ? 1 : 0));
