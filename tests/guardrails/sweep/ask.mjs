// Asks the simulator all questions of the sweep, in several threads.

import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { isAllowed, questions } from './questions.mjs';

function answersOfPart({ isFull, part, parts }) {
  return questions(isFull).filter((_, index) => index % parts === part).map(isAllowed);
}

function inThread(workerData) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

// All questions, each with its answer.
export async function sweep({ isFull }) {
  const parts = availableParallelism();
  const answers = await Promise.all(Array.from({ length: parts }, (_, part) => inThread({ isFull, part, parts })));
  return questions(isFull).map((question, index) =>
    ({ ...question, isAllowed: answers[index % parts][Math.floor(index / parts)] }));
}

if (!isMainThread) parentPort.postMessage(answersOfPart(workerData));
