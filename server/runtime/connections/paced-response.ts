import { ServerResponse } from 'node:http';
import { isShared } from '../../socket/static-answer.ts';
import { EdgeConnection } from './connection.ts';
import { DrainTurns } from './drain-turns.ts';
import type { UnsentAnswers } from './unsent-answers.ts';

/** Bytes given to the socket at once. A smaller answer is sent unchanged. */
const PIECE = 64 * 1024;

/**
 * A response that gives a large body to the socket piece by piece, as the kernel takes it. So a shared body is never
 * copied, the reader's progress is visible, and the ledger knows what is unsent.
 */
export function pacedResponse(ledger: UnsentAnswers): typeof ServerResponse {
  const endOfTurn = new EndOfTurn(ledger);
  const turns = new DrainTurns();

  class PacedResponse extends ServerResponse {
    #body: Uint8Array | undefined;
    #sent = 0;
    #isShared = false;

    // biome-ignore lint/suspicious/noExplicitAny: the overloads of the class it extends
    override end(chunk?: any, encoding?: any, callback?: any): this {
      if (typeof encoding === 'function') return this.end(chunk, undefined, encoding);
      if (this.#body !== undefined) return this;
      const connection = EdgeConnection.of(this.socket);
      if (connection === undefined) return super.end(chunk, encoding, callback);
      if (!(chunk?.length > PIECE)) {
        super.end(chunk, encoding, callback);
        // If the kernel took all of it at once, nothing is counted.
        if (connection.buffered > 0) endOfTurn.look(connection);
        return this;
      }
      this.#body = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Uint8Array);
      this.#isShared = isShared(this.#body);
      if (!this.headersSent) this.setHeader('Content-Length', this.#body.length);
      if (typeof callback === 'function') this.once('finish', callback);
      this.on('drain', () => this.#send(connection));
      this.#send(connection);
      return this;
    }

    // biome-ignore lint/suspicious/noExplicitAny: the overloads of the class it extends
    override write(chunk: any, encoding?: any, callback?: any): boolean {
      const isTaken = super.write(chunk, encoding, callback);
      const connection = EdgeConnection.of(this.socket);
      if (connection !== undefined && !isTaken) endOfTurn.look(connection);
      return isTaken;
    }

    /** The rest of an answer waits for its turn. */
    override emit(event: string | symbol, ...values: unknown[]): boolean {
      if (event !== 'drain') return super.emit(event, ...values);
      turns.add(() => {
        if (!this.destroyed) super.emit(event);
      });
      return true;
    }

    #send(connection: EdgeConnection): void {
      if (this.writableEnded) return;
      const body = this.#body as Uint8Array;
      let isTaken = true;
      while (isTaken && this.#sent < body.length) {
        isTaken = super.write(body.subarray(this.#sent, this.#sent + PIECE));
        this.#sent += PIECE;
      }
      connection.movedAt = performance.now();
      const left = Math.max(0, body.length - this.#sent);
      ledger.set(connection, (this.#isShared ? 0 : left) + connection.buffered);
      if (left === 0) super.end();
    }
  }
  // The type is generic in the request, which does not matter here.
  return PacedResponse as unknown as typeof ServerResponse;
}

/** The kernel takes nearly every answer within one turn: it is checked only then, and only what is left is counted. */
class EndOfTurn {
  readonly #ledger: UnsentAnswers;
  #answers: EdgeConnection[] = [];

  constructor(ledger: UnsentAnswers) {
    this.#ledger = ledger;
  }

  look(connection: EdgeConnection): void {
    if (this.#answers.push(connection) === 1) setImmediate(this.#book);
  }

  readonly #book = (): void => {
    const answers = this.#answers;
    this.#answers = [];
    for (const connection of answers) {
      if (connection.buffered > 0 && !connection.socket.destroyed) {
        this.#ledger.set(connection, connection.buffered);
      }
    }
  };
}
