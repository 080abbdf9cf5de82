import { listen } from '../../server/runtime/http.ts';
import { prepare } from '../../server/runtime/ws-socket.ts';
import { socketContract } from '../contract/socket.contract.ts';

const runtime = 'Deno' in globalThis ? 'Deno' : 'Node';
socketContract(runtime, { listen, prepare });
