import { parentPort, workerData } from 'node:worker_threads';
import { runBatch } from './batch.ts';

/** One core's share of the calls. */
const result = await runBatch(workerData as Parameters<typeof runBatch>[0]);
parentPort?.postMessage({ ...result, figures: { ...result.figures } });
