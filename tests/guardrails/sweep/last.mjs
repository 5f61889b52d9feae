// The answers of the last sweep, in a file that is not checked in.

import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('last.json', import.meta.url);

export const lastAnswers = () => JSON.parse(readFileSync(file, 'utf8'));

export function keepAnswers(answers) {
  writeFileSync(file, JSON.stringify(answers.map(({ resource, ...rest }) => rest)));
}
