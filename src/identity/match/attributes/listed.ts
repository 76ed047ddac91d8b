import type { Sql } from '../../../sql/tag.js';
import { id, join, sql } from '../../../sql/tag.js';
import type { AttributeKind, Side } from '../kinds.js';
import { eachTime } from '../kinds.js';

/** Items of a list that are compared: the first ones in their order by value, so that two long lists cost what two short ones do. */
const mostItems = 6;

/**
 * A list of values of a kind, such as all e-mails of a person: two lists are as alike as the two items of them that are most alike. Texts of
 * which every word counts are not compared one by one: the words of all items are one text.
 */
export function listOf(kind: AttributeKind): AttributeKind {
  const name = listName(kind.name);
  const aliases: readonly string[] = [];
  if (Object.hasOwn(kind.features(sql`raw`, eachTime), 'list'))
    return { ...kind, name, aliases, features: (value, once) => kind.features(once(sql`array_to_string(${itemsOf(value)}, ' ')`), once) };
  // An item has no field of another attribute beside it.
  const item =
    (alias: string): Side =>
    (feature, other) =>
      other === undefined ? id(alias, feature) : sql`NULL::VARCHAR`;
  return {
    ...kind,
    name,
    aliases,
    features: (value, once) => {
      const made = Object.entries(kind.features(sql`item`, eachTime)).map(([feature, of]) => sql`${id(feature)} := ${of}`);
      const items = sql`list_filter(list_transform(${itemsOf(value)}, lambda item: struct_pack(${join(made)})), lambda made: made.norm IS NOT NULL)`;
      const some = once(sql`(${items})[1:${mostItems}]`);
      return { norm: sql`NULLIF(array_to_string(list_transform(${some}, lambda made: made.norm::VARCHAR), ', '), '')`, items: some };
    },
    levels: kind.levels.map((level) => ({
      ...level,
      when: (l, r) =>
        sql`len(list_filter(${l('items')}, lambda x: len(list_filter(${r('items')}, lambda y: ${level.when(item('x'), item('y'))})) > 0)) > 0`,
    })),
    keys: kind.keys
      .filter((key) => key.alone && key.list !== true)
      .map((key) => ({ ...key, list: true, of: (side) => sql`list_transform(${side('items')}, lambda x: ${key.of(item('x'))})` })),
    // What is rare is an item, not the list.
    rarity: null,
  };
}

/** What a list of a kind is called. */
export function listName(kind: string): string {
  return `${kind}[]`;
}

/** The items of a list that is written as text; another text is a list of one. */
function itemsOf(value: Sql): Sql {
  return sql`list_sort(list_distinct(COALESCE(TRY_CAST(${value} AS VARCHAR[]), [${value}])))`;
}
