/** An owner who follows its stream and takes no part in the load. An administrator forces its host down and up. */
import { login, type Session } from '../../../tests/support/http.ts';

const V2_53 = { 'openstack-api-version': 'compute 2.53' };

export class Bystander {
  readonly #admin: Session;
  readonly #socket: WebSocket;
  readonly #service: ServiceBelow;
  #forced: boolean;
  #pushed: (at: number) => void = () => undefined;

  private constructor(admin: Session, socket: WebSocket, service: ServiceBelow) {
    this.#admin = admin;
    this.#socket = socket;
    this.#service = service;
    this.#forced = service.forced_down;
  }

  /** User and project `bystander` with a server; the administrator's password is `bench`. */
  static async open(url: string): Promise<Bystander> {
    const admin = await login(url, 'admin', 'bench', 'admin');
    const owner = await login(url, 'bystander', 'pw', 'bystander');
    const service = await serviceBelow(owner, admin);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, ['hostbeat.v1']);
    const bystander = new Bystander(admin, socket, service);
    await new Promise<void>((resolve, reject) => {
      socket.onerror = () => reject(new Error('the stream could not be opened'));
      socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token: owner.token }));
      socket.onmessage = ({ data }) => {
        const { type } = JSON.parse(String(data)) as { type: string };
        if (type === 'welcome')
          socket.send(JSON.stringify({ type: 'subscribe', id: 's', stream: 'project' }));
        if (type === 'synced') resolve();
        if (type === 'event') bystander.#pushed(performance.now());
      };
    });
    return bystander;
  }

  /** Milliseconds from the request that changes its host to the frame on its socket. */
  async push(): Promise<number> {
    this.#forced = !this.#forced;
    const start = performance.now();
    const arrived = new Promise<number>((resolve) => {
      this.#pushed = resolve;
    });
    const change = { forced_down: this.#forced };
    await this.#admin.request('PUT', `/v2.1/os-services/${this.#service.id}`, change, V2_53);
    return (await arrived) - start;
  }

  close(): void {
    this.#socket.close();
  }
}

interface ServiceBelow {
  readonly id: string;
  readonly forced_down: boolean;
}

async function serviceBelow(owner: Session, admin: Session): Promise<ServiceBelow> {
  const own = await owner.request('GET', '/v2.1/servers?limit=1');
  const id = own.json.servers[0]?.id;
  const shown = await admin.request('GET', `/v2.1/servers/${id}`);
  const host = shown.json.server['OS-EXT-SRV-ATTR:host'];
  const services = await admin.request('GET', `/v2.1/os-services?host=${host}`, undefined, V2_53);
  return services.json.services[0];
}
