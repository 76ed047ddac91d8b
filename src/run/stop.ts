import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';

/** The error of a run that was asked to stop. */
export function stopped(): OnefoldError {
  return new OnefoldError('INTERRUPTED', 'the run was stopped before it was done; nothing was published', {
    hint: 'What was committed is kept, and readers still see the last snapshot. Type `onefold build` to go on.',
  });
}

/** What a run works with, so that it can be stopped. */
export interface Stoppable {
  readonly engine: Engine;
  readonly effects: Effects;
  /** Listens no more. */
  readonly release: () => void;
}

/**
 * An engine and effects that work until `effects.stop` asks them to stop: then the statement at work is interrupted, and every
 * other one and every commit is refused with `INTERRUPTED`, so that the run unwinds and each open transaction is rolled back.
 * Once the publication has begun a stop comes too late: what readers see and what the run says of itself must agree.
 */
export function stoppable(engine: Engine, effects: Effects): Stoppable {
  const { stop } = effects;
  if (stop === undefined) return { engine, effects, release: () => {} };
  let publishing = false;
  const check = (): void => {
    if (stop.aborted && !publishing) throw stopped();
  };
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    check();
    return act().catch((cause: unknown) => {
      check();
      throw cause;
    });
  };
  const interrupt = (): void => {
    if (!publishing) engine.interrupt();
  };
  stop.addEventListener('abort', interrupt);
  return {
    engine: {
      ...engine,
      run: (statement) => guarded(() => engine.run(statement)),
      rows: (statement, shape) => guarded(() => engine.rows(statement, shape)),
      table: (statement) => guarded(() => engine.table(statement)),
      columns: (statement) => guarded(() => engine.columns(statement)),
      append: (table, columns) => guarded(() => engine.append(table, columns)),
      transaction: (work, commit) => guarded(() => engine.transaction(work, commit)),
    },
    effects: {
      ...effects,
      commit: async (name, act) => {
        check();
        if (name === 'snapshot:manifest') publishing = true;
        return effects.commit(name, act);
      },
    },
    release: () => stop.removeEventListener('abort', interrupt),
  };
}
