import { sideNames } from '../../config/comparisons.js';
import type { WrittenLevel } from '../../config/project.js';
import type { Sql } from '../../sql/tag.js';
import { join, sql, trusted } from '../../sql/tag.js';
import type { AttributeKind, Level, Side } from './kinds.js';

/** A kind with a ladder of the project's own. How its values are prepared and blocked by stays as the kind has it; the conditions see them as they are in the table. */
export function withLevels(kind: AttributeKind, levels: readonly WrittenLevel[]): AttributeKind {
  if (levels.length === 0) return kind;
  return {
    ...kind,
    features: (value, once) => ({ ...kind.features(value, once), value: sql`${value}::VARCHAR` }),
    levels: levels.map(
      (level, i): Level => ({
        name: level.name,
        share: level.share ?? (i === 0 ? 0.75 : 0.2 / (levels.length - 1)),
        sql: level.sql,
        when: (l, r) => sql`COALESCE((${written(level.sql, l, r)}), FALSE)`,
      }),
    ),
    // The first rung need not be equality, so the rarity of a value says nothing of it.
    rarity: null,
  };
}

/** A condition with the values of the two sides in it. Texts and quoted names are left as they are. */
function written(condition: string, l: Side, r: Side): Sql {
  const parts = condition.split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/);
  return join(
    parts.flatMap((part, i) =>
      i % 2 === 1
        ? [trusted(part)]
        : part.split(/\b(left_value|right_value)\b/i).map((word) => {
            if (word.toLowerCase() === sideNames[0]) return l('value');
            return word.toLowerCase() === sideNames[1] ? r('value') : trusted(word);
          }),
    ),
    '',
  );
}
