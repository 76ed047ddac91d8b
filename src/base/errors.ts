import { redact } from './redact.js';

/** What is to be said of an error code: what it means, what it leaves behind, and what to do next. */
interface CodeNotes {
  readonly meaning: string;
  readonly state: string;
  readonly next: string;
}

const nothing = 'Nothing was written.';

/** Every error code with what it means; `docs/reference/errors.md` is made from it. Codes never change meaning. */
export const errorCodes = {
  CONFIG_NOT_FOUND: {
    meaning: 'No project file was found in the folder.',
    state: nothing,
    next: 'Go to the folder of the project or name it with `--project`; `onefold init` makes a new one.',
  },
  CONFIG_INVALID: {
    meaning: 'The project file has problems; all of them are listed. So is a target or a var that it does not have.',
    state: nothing,
    next: 'Mend what is listed, then type `onefold validate`.',
  },
  SECRET_MISSING: {
    meaning: 'A secret that the project refers to was not found.',
    state: 'Nothing of the stream that needs it was read; other streams are, and the run is `partial`.',
    next: 'Put the secret where the reference says, then type `onefold build`.',
  },
  STORE_LOCKED: {
    meaning: 'Another process is writing to this store.',
    state: 'Nothing was written; the other process is not disturbed.',
    next: 'Wait until it is done. `onefold query` and `onefold explain` read the last snapshot meanwhile.',
  },
  STORE_VERSION: {
    meaning: 'The store was written by a newer version of Onefold.',
    state: 'The store was not touched.',
    next: 'Use the version that wrote it, or a newer one.',
  },
  COLUMN_UNKNOWN: {
    meaning: 'A table reads a column that its stream does not have.',
    state: 'Nothing was landed, and no run was recorded.',
    next: 'Mend the name, or say `optional: true` where a source may lack the column.',
  },
  FILE_UNREADABLE: {
    meaning: 'A source file could not be read at all.',
    state: 'Nothing of the file was landed, and its cursor has not moved; the rest was, and the run is `partial`.',
    next: 'Look at the file, then type `onefold build`: it is tried again.',
  },
  DRIVER_MISSING: {
    meaning: 'A package that a connector needs is not installed.',
    state: 'Nothing of the stream was read; other streams are, and the run is `partial`.',
    next: 'Install the package that the message names, then type `onefold build`.',
  },
  SOURCE_UNREACHABLE: {
    meaning: 'A source could not be reached, or kept failing.',
    state: 'What came before it is landed and its cursor stands; other streams are read, and the run is `partial`.',
    next: 'Type `onefold doctor`, and `onefold build` once it answers: reading goes on where it stopped.',
  },
  SOURCE_REFUSED: {
    meaning: 'A source refused the credentials, or what they may do.',
    state: 'What came before it is landed and its cursor stands; other streams are read, and the run is `partial`.',
    next: 'Look at the credentials and their rights, then type `onefold doctor`.',
  },
  SOURCE_LIMITED: {
    meaning: 'A source asked for a longer wait than is allowed.',
    state: 'What came before it is landed and its cursor stands; other streams are read, and the run is `partial`.',
    next: 'Build again later, or lower the budget of requests that the source declares.',
  },
  SOURCE_BROKEN: {
    meaning: 'A source did not understand a request, or its answer is not what is declared of it.',
    state: 'What came before it is landed and its cursor stands; other streams are read, and the run is `partial`.',
    next: 'Compare what the message names with the declaration of the stream.',
  },
  SOURCE_SHORT: {
    meaning: 'A source gave fewer records than it said it had.',
    state: 'What came is landed and nothing is deleted; the next run reads the stream again from where this one began.',
    next: 'Type `onefold build`; if it stays short, ask whoever runs the source.',
  },
  SOURCE_DRIFTED: {
    meaning: 'The columns of a stream are not those that its declared schema allows.',
    state: 'What differs is not landed, and its cursor has not moved; the rest was, other streams are read, and the run is `partial`.',
    next: 'Look at `ops.drift` and at the source. To take the new columns, say `schema: evolve`, or name them in `columns`.',
  },
  MODEL_INVALID: {
    meaning: 'A model could not be parsed, bound or run.',
    state: 'What was landed and cleaned is kept; all models are as they were, and nothing was published.',
    next: 'Mend the model, then type `onefold build`.',
  },
  NOT_BUILT: {
    meaning: 'Something that was selected is made from what has not been built yet.',
    state: 'What could be built is kept, and nothing was published.',
    next: 'Select what it is made from too, as in `--select +name`.',
  },
  METRIC_INVALID: {
    meaning: 'A metric could not be computed from its table.',
    state: nothing,
    next: 'Mend the metric: the message names the part that the table does not bear out.',
  },
  TEST_INVALID: {
    meaning: 'A test of a model could not be run as it is written.',
    state: nothing,
    next: 'Mend the test, then type `onefold test`.',
  },
  SNAPSHOT_GONE: {
    meaning: 'The snapshot that was asked for is no longer kept.',
    state: nothing,
    next: 'Ask for a later time; `onefold rollback --list` shows what is kept, and `keep_snapshots` says how many are.',
  },
  SQL_INVALID: {
    meaning: 'A statement could not be run.',
    state: 'Its transaction was rolled back. In a build, what was committed before is kept and nothing was published.',
    next: 'Mend the statement; of a build, `--verbose` shows every statement before the one that failed.',
  },
  MEMORY_EXHAUSTED: {
    meaning: 'A statement needs more memory than the engine may use, or more room on the disk for what does not fit.',
    state: 'Its transaction was rolled back. In a build, what was committed before is kept and nothing was published.',
    next: 'Raise `engine.memory_limit` (or lower `engine.threads`: each needs memory of its own), make room on the disk of the store, then type the command again.',
  },
  CHECK_FAILED: {
    meaning: 'A check of severity `fail` failed, so nothing was published.',
    state: 'The warehouse holds what was built; readers still see the last snapshot.',
    next: 'Look with `onefold query --warehouse`, mend the data or the rule, then type `onefold build`.',
  },
  LEDGER_UNBALANCED: {
    meaning: 'The ledger does not account for every row, so nothing was published.',
    state: 'The warehouse holds what was built; readers still see the last snapshot.',
    next: 'This is a fault of Onefold: please report it, with the imbalances that the run lists.',
  },
  SNAPSHOT_NONE: {
    meaning: 'Nothing has been published in this store yet.',
    state: nothing,
    next: 'Type `onefold build`.',
  },
  NOT_FOUND: {
    meaning: 'No entity, record or name like that is known.',
    state: nothing,
    next: 'Ask for a key, a record or an identifier as `onefold query` shows them.',
  },
  DECISION_REFUSED: {
    meaning: 'A decision contradicts decisions that stand, or an undo is blocked by decisions that rest on what it would undo.',
    state: nothing,
    next: 'Undo first what the message names, or think again.',
  },
  PATH_EXISTS: {
    meaning: 'A file that would be written is there already.',
    state: nothing,
    next: 'Choose another folder, or move the file away.',
  },
  DISK_REFUSED: {
    meaning: 'The disk did not take a file: it is full or read-only, the rights are missing, or something else has its name.',
    state: 'Open transactions were rolled back; the next start mends what else was left.',
    next: 'Make room, mend the rights on the folder, or name another path, then type the command again.',
  },
  INTERRUPTED: {
    meaning: 'The run was asked to stop (Ctrl-C, or a signal to end) before it was done.',
    state: 'Open transactions were rolled back, what was committed is kept, the run is recorded as failed, and nothing was published.',
    next: 'Type `onefold build`: it goes on from what is committed.',
  },
  USAGE: {
    meaning: 'The command line is not understood.',
    state: nothing,
    next: 'See `onefold help <command>`.',
  },
  INTERNAL: {
    meaning: 'Something failed that should not have.',
    state: 'Open transactions were rolled back; the next start mends what else was left.',
    next: 'Please report it, with what is printed.',
  },
} as const satisfies Readonly<Record<string, CodeNotes>>;

export type ErrorCode = keyof typeof errorCodes;

/** One thing that is wrong in a project file: where (a dotted path) and what. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * The one error class. `message` says what happened to which thing, `hint` what to type or change next;
 * neither ever holds a secret (one that was read is masked here) or a person's data.
 */
export class OnefoldError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    more: { readonly hint?: string; readonly cause?: unknown; readonly problems?: readonly Problem[] } = {},
  ) {
    super(redact(message), more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'OnefoldError';
    this.code = code;
    this.hint = more.hint === undefined ? undefined : redact(more.hint);
    this.problems = (more.problems ?? []).map((p) => ({ path: redact(p.path), message: redact(p.message) }));
  }
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
