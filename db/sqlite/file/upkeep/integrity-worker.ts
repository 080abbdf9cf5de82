/** The thread of `checkIntegrity`: reads the file named in its data and reports what it found. */
import { parentPort, workerData } from 'node:worker_threads';
import { verdictOn } from './integrity.ts';

parentPort?.postMessage(verdictOn(workerData as string));
