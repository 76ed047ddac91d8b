import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { secretMissing, secretProvider } from './contract.js';

/** A secret that is all that a file holds, such as one that a container mounts; blanks at its ends are left out. */
export const file = secretProvider({
  name: 'file',
  shape: z.strictObject({ file: z.string().min(1) }),
  read: async ({ file: path }, { projectDir }) => {
    const text = await readFile(resolve(projectDir, path), 'utf8').then(
      (held) => held.trim(),
      () => '',
    );
    if (text !== '') return text;
    throw secretMissing(`the file ${path} can't be read or is empty`, 'Put the secret, and nothing else, into the file.');
  },
});
