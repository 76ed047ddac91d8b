import { OnefoldError } from '../../base/errors.js';
import { acceptedValues } from './accepted_values.js';
import type { RuleKind } from './contract.js';
import { convertible } from './convertible.js';
import { expression } from './expression.js';
import { length } from './length.js';
import { notInFuture } from './not_in_future.js';
import { notNull } from './not_null.js';
import { range } from './range.js';
import { regex } from './regex.js';
import { relationship } from './relationship.js';
import { unique } from './unique.js';

/** Every rule kind: a file of its own and one line here. */
export const ruleKinds = [
  notNull,
  acceptedValues,
  range,
  length,
  regex,
  expression,
  notInFuture,
  unique,
  relationship,
  convertible,
] as const;

/** @throws OnefoldError `NOT_FOUND`, which a validated project can't cause */
export function ruleKindNamed(name: string): RuleKind {
  const found = ruleKinds.find((r) => r.name === name);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no rule is called \`${name}\``);
  return found;
}
