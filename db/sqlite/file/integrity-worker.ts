/** The thread of `checkIntegrity`: reads the file named by its data and says what it found. */
import { parentPort, workerData } from 'node:worker_threads';
import { verdictOn } from './integrity.ts';

parentPort?.postMessage(verdictOn(workerData as string));
