import { messageOf, OnefoldError } from '../base/errors.js';
import { isNode, parsed } from './parse.js';

/*
 * What an expression over one row may be made of: everything else is refused by its absence here. Left out are subqueries and
 * relations, aggregates and windows, whatever reads a file or a setting, and whatever gives another answer the next time,
 * such as the time or chance; the same rows must always give the same table.
 */

const operators = `or and not eq neq lt lte gt gte null_safe_eq null_safe_neq is_null is_true is_false in between like i_like similar_to regexp_like
  add sub mul div int_div mod mod_func neg concat power paren case cast try_cast extract at_time_zone interval collation subscript array_slice
  json_extract json_extract_scalar literal boolean null column`;
const known = `lower upper trim length substring coalesce if_func abs floor ceil starts_with ends_with contains str_position initcap
  year month day last_day epoch_ms array_func`;
const fields = `this left right expression expressions name operand whens else_ start end length low high to unit zone index path pattern characters
  substr condition true_value false_value args value values position`;
const kinds = new Set(`${operators} ${known} ${fields}`.split(/\s+/));

const functions = new Set(
  `abs array_length array_to_string ascii bit_length ceil ceiling chr coalesce concat concat_ws contains damerau_levenshtein date_add date_diff
  date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear decode ends_with epoch epoch_ms extract
  floor format from_base64 greatest hamming hour ifnull initcap instr isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json_array_length
  json_extract json_extract_string json_valid last_day lcase least left left_grapheme len length length_grapheme levenshtein list_contains list_distinct
  list_extract list_sort lower lpad ltrim make_date make_timestamp md5 minute mod month monthname nfc_normalize nullif parse_filename position power prefix
  printf quarter regexp_extract regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right right_grapheme round
  rpad rtrim second sha256 sign split split_part starts_with strftime string_split strip_accents strlen strpos strptime substr substring suffix to_base64
  to_days to_hours to_minutes to_months to_seconds to_timestamp to_years translate trim trunc try_strptime ucase unicode upper week weekofyear year yearweek`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/**
 * The columns that an expression over one row names.
 * @throws OnefoldError `CONFIG_INVALID` where it can't be parsed, or is more than an expression over one row
 */
export async function rowExpression(text: string): Promise<readonly string[]> {
  const { statements } = await parsed(`SELECT (${text}\n)`).catch((cause: unknown) => {
    throw refused(`can't be parsed: ${messageOf(cause)}`);
  });
  const select = isNode(statements[0]) ? Reflect.get(statements[0], 'select') : undefined;
  if (statements.length !== 1 || !isNode(select)) throw refused('must be one expression');
  const { expressions, ...around } = select;
  if (!Array.isArray(expressions) || expressions.length !== 1) throw refused('must be one expression');
  for (const part of Object.values(around)) {
    if (isNode(part) || (Array.isArray(part) && part.length > 0))
      throw refused('must be an expression over one row, without FROM or anything behind it');
  }
  const columns = new Set<string>();
  walk(expressions[0], columns);
  return [...columns];
}

function refused(message: string): OnefoldError {
  return new OnefoldError('CONFIG_INVALID', `the expression ${message}`);
}

/** Looks at every part of an expression, and collects the columns. */
function walk(value: unknown, columns: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) walk(item, columns);
  if (!isNode(value)) return;
  const entries = Object.entries(value);
  for (const [key, child] of entries) {
    // Comments and places in the text are no part of what it does.
    if (/comments$|^span$/.test(key)) continue;
    // A part without anything in it, such as chance, is spelled as a name that leads to nothing.
    const isPart = isNode(child) || (Array.isArray(child) && child.some((item) => typeof item === 'object')) || entries.length === 1;
    if (!isPart) continue;
    if (key === 'function' && isNode(child)) {
      const name = typeof child['name'] === 'string' ? child['name'] : '';
      if (!functions.has(name.toLowerCase())) throw refused(`calls \`${name}\`, which is not one of the functions that it may call`);
      walk(child['args'], columns);
      continue;
    }
    if (key === 'column' && isNode(child)) {
      const name = isNode(child['name']) ? child['name']['name'] : undefined;
      if (typeof name !== 'string' || isNode(child['table']))
        throw refused('names a column of a table; it may name source columns, quoted where they need it');
      columns.add(name);
      continue;
    }
    if (!kinds.has(key)) throw refused(`holds ${key.replaceAll('_', ' ')}, which an expression over one row may not`);
    if (key !== 'to') walk(child, columns);
  }
}
