import { createColors } from 'picocolors';

const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
const wanted = force !== undefined && force !== '' && force !== '0';

/** Colours for what is printed: on a terminal, or where they are forced; never where NO_COLOR asks for none. */
export const colours = createColors((no === undefined || no === '') && (wanted || process.stdout.isTTY === true));
