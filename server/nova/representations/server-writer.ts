/** A server as JSON text, written by a function that is made once for each shape of answer. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Instance } from '../../domain/instance.ts';
import type { Links } from '../links.ts';
import type { ServerShape } from './server.ts';
import { MEMBERS } from './server-members.ts';
import { serverStatus } from './status.ts';

/** @param hostStatus undefined leaves its key out */
export type WriteServer = (instance: Instance, hostStatus: HostStatus | undefined) => string;

/** What a shape does not have is decided here, what a server does not have while it is written. */
export function serverWriter(shape: ServerShape, links: Links): WriteServer {
  const members = MEMBERS.flatMap(({ key, in: make }) => {
    const write = make(shape, links);
    return write === undefined ? [] : [{ before: `,${JSON.stringify(key)}:`, write }];
  });
  const [first, ...rest] = members;
  if (first === undefined) throw new Error('a server has an id');
  const start = `{${first.before.slice(1)}`;
  return (instance, hostStatus) => {
    const { vmState, taskState } = instance;
    const status = instance.deletedAt === null ? serverStatus(vmState, taskState) : 'DELETED';
    let text = start + first.write(instance, status, hostStatus);
    for (const { before, write } of rest) {
      const value = write(instance, status, hostStatus);
      if (value !== undefined) text += before + value;
    }
    return `${text}}`;
  };
}
