/** The worker thread of hosted loggers: started by LoggerHost, not by itself. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from '../svlogd/hosted-messages.ts';
import { HostedWorker } from '../svlogd/hosted-worker.ts';

if (parentPort !== null) new HostedWorker(parentPort, workerData as WorkerStart).run();
