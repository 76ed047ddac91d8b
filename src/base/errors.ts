/** Every error code, with what it means; `docs/reference/errors.md` lists the same codes. Codes never change meaning. */
export const errorCodes = {
  CONFIG_NOT_FOUND: 'No project file was found in the folder.',
  CONFIG_INVALID: 'The project file has problems; all of them are listed.',
  SECRET_MISSING: 'A secret that the project refers to was not found.',
  STORE_LOCKED: 'Another process is writing to this store.',
  STORE_VERSION: 'The store was written by a newer version of Onefold.',
  COLUMN_UNKNOWN: 'A table reads a column that its stream does not have.',
  FILE_UNREADABLE: 'A source file could not be read at all.',
  DRIVER_MISSING: 'A package that a connector needs is not installed.',
  SOURCE_UNREACHABLE: 'A source could not be reached.',
  SOURCE_REFUSED: 'A source refused who asked, or what was asked for.',
  SOURCE_SHORT: 'A source gave fewer records than it said it had.',
  SOURCE_BROKEN: 'A source gave something other than its contract says.',
  MODEL_INVALID: 'A model could not be parsed, bound or run.',
  RULE_INVALID: 'A rule could not be judged.',
  SQL_INVALID: 'A statement could not be run.',
  CHECK_FAILED: 'A check of severity `fail` failed, so nothing was published.',
  LEDGER_UNBALANCED: 'The ledger does not account for every row, so nothing was published.',
  SNAPSHOT_NONE: 'Nothing has been published in this store yet.',
  NOT_FOUND: 'No entity, record or name like that is known.',
  PATH_EXISTS: 'A file that would be written is there already.',
  USAGE: 'The command line is not understood.',
  INTERNAL: 'Something failed that should not have.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One thing that is wrong in a project file: where (a dotted path) and what. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * The one error class. `message` says what happened to which thing, `hint` what to type or change next;
 * neither ever holds a secret or a person's data.
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
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'OnefoldError';
    this.code = code;
    this.hint = more.hint;
    this.problems = more.problems ?? [];
  }
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
