import type { Problem } from '../base/errors.js';
import { messageOf } from '../base/errors.js';
import { rowExpression } from '../sql/row_expression.js';
import type { ParsedProject } from './spec.js';

/** The names that a condition may use for the two values of a pair. */
export const sideNames = ['left_value', 'right_value'] as const;

/** What is wrong with the comparisons that entities write in SQL: what is no condition over the two values of a pair, and names that repeat. */
export async function checkComparisons(entities: ParsedProject['entities']): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [name, entity] of Object.entries(entities)) {
    for (const [attribute, compared] of Object.entries(entity.match?.attributes ?? {})) {
      const levels = 'levels' in compared ? (compared.levels ?? []) : [];
      for (const [i, level] of levels.entries()) {
        const at = `entities.${name}.match.attributes.${attribute}.levels[${i}]`;
        const why = await whyNoCondition(level.sql);
        if (why !== null) problems.push({ path: `${at}.sql`, message: why });
        if (level.name === 'disagree' || levels.slice(0, i).some((before) => before.name === level.name))
          problems.push({ path: `${at}.name`, message: `\`${level.name}\` is the name of another level` });
      }
    }
  }
  return problems;
}

/** Why a condition can not be one; null where it can. */
export async function whyNoCondition(condition: string): Promise<string | null> {
  try {
    const others = (await rowExpression(condition)).filter((column) => !sideNames.some((name) => name === column.toLowerCase()));
    if (others.length > 0) return `names ${others.map((c) => `\`${c}\``).join(', ')}; it compares \`left_value\` and \`right_value\``;
    return null;
  } catch (cause) {
    return messageOf(cause);
  }
}
