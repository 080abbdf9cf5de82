import type { SharedText } from '../../../server/socket/socket.ts';

/** The whole of a text of which many sockets share the middle. */
export function textOf({ head, middle, tail }: SharedText): string {
  return `${head}${new TextDecoder().decode(middle)}${tail}`;
}
