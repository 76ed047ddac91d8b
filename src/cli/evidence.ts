import type { Against, Waterfall } from '../identity/match/waterfall.js';
import type { PairExplanation, RuleApplied } from '../run/explain/explain_pair.js';
import type { Link, Merge } from '../run/explain/merges.js';
import { colours as pc } from './colours.js';
import { clipped, counted, number, shown } from './text.js';

/* What attributes say of a pair of records, in words and numbers. */

/** Bits with their sign. */
export function bits(n: number | null): string {
  return n === null ? '' : `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(2)}`;
}

/** A probability or a share as people read it: never `100%` for what is not certain, nor `0%` for what may be. */
export function percent(p: number): string {
  if (p < 0.0001) return p < 5e-8 ? 'less than 0.1 in a million' : `${(1e6 * p).toFixed(1)} in a million`;
  const text = (100 * p).toFixed(p > 0.99 || p < 0.01 ? 3 : 1);
  return Number(text) === 100 ? 'more than 99.999%' : `${text.replace(/\.0+$/, '')}%`;
}

/** A weight as a table: what was known before, each attribute, the sum. */
export function describeWaterfall(w: Waterfall): readonly string[] {
  const kin = (['relatives', 'branches'] as const).filter((name) => w[`against_${name}`] !== null);
  const head = ['', 'left', 'right', 'how alike', 'strangers', ...kin, ''];
  const row = (against: Against): readonly string[] => [
    bits(against.against_strangers),
    ...kin.map((name) => bits(against[`against_${name}`])),
  ];
  const table = [
    head,
    ['before comparing', '', '', '', ...row(w.prior), ''],
    ...w.attributes.map((a) => [
      a.attribute,
      clipped(shown(a.left), 28),
      clipped(shown(a.right), 28),
      a.level ?? 'a value is missing',
      ...(a.level === null ? ['0', ...kin.map(() => '0')] : row(a)),
      [
        ...(a.rarity === null ? [] : [rarity(a.rarity)]),
        ...(a.told === null ? [] : [`${bits(a.told.bits)} as ${a.told.attributes.join(' and ')} told it`]),
      ].join(', '),
    ]),
    ['sum', '', '', '', ...row(w), ''],
  ];
  const widths = head.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0)));
  const lines = table.map((line) =>
    `  ${line.map((cell, i) => (i > 3 && i < head.length - 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd(),
  );
  return [
    ...lines.map((line, i) => (i === 0 ? pc.dim(line) : line)),
    ...(w.alone === null ? [] : [`  ${bits(w.alone.bits)} bits, as ${describeAlone(w.alone.attributes)}`]),
    `  ${bits(w.weight)} bits${kin.length > 0 ? `, ${new Intl.ListFormat('en-GB').format(['strangers', ...kin])} weighed together` : ''}: probability ${percent(w.probability)}; threshold ${bits(w.threshold)} bits (${percent(w.threshold_probability)})`,
  ];
}

/** That one value agrees alone, in words. */
export function describeAlone(attributes: readonly string[]): string {
  const [last = '', ...others] = [...attributes].reverse();
  const said = others.length === 0 ? `${last} agrees` : `${others.reverse().join(', ')} and ${last} agree, which is one name`;
  return `only ${said}; nothing else confirms it`;
}

function rarity(n: number): string {
  return n < 1 ? 'a common value' : `a value of one in ${number(Math.round(2 ** n))}`;
}

/** A link in words. */
export function describeLink(link: Link): string {
  if (link.decision !== null) return `decided: ${shown(link.decision)}`;
  return link.identifier === null ? `alike: ${bits(link.weight)} bits, ${percent(link.probability ?? 0)}` : shown(link.identifier);
}

/** How a cluster came to be. */
export function describeMerges(merges: readonly Merge[]): readonly string[] {
  const weakest = merges.at(-1);
  return [
    ...merges.map(
      (m, i) =>
        `  ${i + 1}. ${shown(m.left)} and ${shown(m.right)}, ${describeLink(m)} ${pc.dim(`(${m.sizes[0]} + ${m.sizes[1]} = ${counted(m.sizes[2], 'record')})`)}`,
    ),
    ...(weakest === undefined || merges.length < 2
      ? []
      : [
          `  The weakest link is the last: without ${shown(weakest.left)} and ${shown(weakest.right)} it would fall apart, as far as the links above go.`,
        ]),
  ];
}

/** What was decided of a pair, in words that say why. */
const decisions: Readonly<Record<string, string>> = {
  linked: 'Their attributes link them.',
  conflict:
    'They are alike enough, but a guard keeps them apart: their entities hold different values of an identifier of which an entity has one, or two records of a source that holds nobody twice.',
  outvoted: 'They are alike enough, but the other pairs between their entities speak against it on average.',
  bridge:
    'They are alike enough, but this is the only link between two groups of records, and not strong enough to join them all by itself.',
  too_large: 'They are alike enough, but the entity would have more records than are allowed.',
  decided: 'People decided it: `onefold decisions` says who, and why.',
  unconfirmed: 'They are alike in one value alone, which makes nobody one: `onefold review` asks people.',
  below: 'They are near, but not alike enough: the weight is below the threshold.',
};

/** Why two records are one, or not, as text. */
export function describePair(e: PairExplanation): string {
  const lines = [
    `${pc.bold(shown(e.left.record))} (${e.left.key})`,
    `${pc.bold(shown(e.right.record))} (${e.right.key})`,
    ...(e.pairs > 1 ? [pc.dim(`the most alike of ${counted(e.pairs, 'pair')} of records`)] : []),
    '',
    e.same ? pc.green(`One ${e.entity}.`) : pc.red(`Not one ${e.entity}.`),
    ...reasons(e).map((r) => `  ${r}`),
  ];
  if (e.waterfall !== null) lines.push('', pc.bold('Attributes'), ...describeWaterfall(e.waterfall));
  if (e.identifiers.length > 0)
    lines.push(
      '',
      pc.bold('Identifiers'),
      ...e.identifiers.map((i) =>
        i['left'] === i['right']
          ? `  both say ${shown(i['identifier'])} = ${shown(i['left'])} (${shown(i['left_decision'])}, ${shown(i['right_decision'])})`
          : `  ${shown(i['identifier'])} differs: ${shown(i['left'])} (${shown(i['left_decision'])}), ${shown(i['right'])} (${shown(i['right_decision'])})`,
      ),
    );
  if (e.everything) lines.push('', 'Every record is compared with every other: there are few enough for it.');
  if (e.rules.length > 0) lines.push('', pc.bold('Blocking rules'), ...e.rules.map((r) => `  ${describeRule(r)}`));
  if (e.path.length > 1)
    lines.push('', pc.bold('What links them'), ...e.path.map((l) => `  ${shown(l.left)} and ${shown(l.right)}, ${describeLink(l)}`));
  if (e.golden.length > 0)
    lines.push(
      '',
      pc.bold('Golden values that come from them'),
      ...e.golden.map(
        (g) =>
          `  ${shown(g['field']).padEnd(12)} ${pc.green(shown(g['value']))}  ${pc.dim(`from ${shown(g['record'])}, ${shown(g['rule'])}`)}`,
      ),
    );
  return lines.join('\n');
}

/** Why it is as it is, one sentence each. */
function reasons({ same, decision, waterfall: w, everything, rules, parted, path, identifiers }: PairExplanation): readonly string[] {
  const out = parted.map((d) => `Decision ${d.decision_id} of ${shown(d.decided_by)} keeps them apart: ${shown(d.why)}.`);
  const [link = never] = path;
  const byOther = path.length === 1 && link.weight === null;
  if (byOther) out.push(link.decision === null ? `An identifier links them: ${describeLink(link)}.` : `Decision ${shown(link.decision)}.`);
  else if (same && path.length > 1) out.push(`They are linked through ${counted(path.length - 1, 'other record')}; see below.`);
  if (decision !== null) {
    const isSaid = same ? decision !== 'linked' || path.length > 1 || byOther : decision === 'decided' && parted.length > 0;
    if (!isSaid) out.push(decisions[decision] ?? `It was decided: ${decision}.`);
  } else if (!same && w === null && !identifiers.some((i) => i['left'] === i['right']))
    out.push('No identifier says so, and the entity is not matched by attributes.');
  if (same || w === null || decision !== null) return out;
  const found = everything || rules.some((r) => r.finds);
  if (w.weight <= w.threshold) out.push(`They are not alike enough: ${bits(w.weight)} bits, where ${bits(w.threshold)} are needed.`);
  if (!found)
    out.push(
      rules.some((r) => r.shared)
        ? 'No blocking rule finds the pair: what they share was found to be shared by too many.'
        : 'No blocking rule finds the pair: they have none of its values in common.',
      ...(w.weight <= w.threshold ? [] : ['They were never compared; had they been, they would be alike enough.']),
    );
  else if (w.weight > w.threshold) out.push('They were not compared: the project compares only records of different sources, or of one.');
  return out;
}

const never: Link = { left: '', right: '', identifier: null, decision: null, weight: 0, probability: null };

function describeRule(r: RuleApplied): string {
  const mark = r.finds ? pc.green('✓') : pc.dim('✗');
  if (r.shared)
    return `${mark} ${r.rule}: both ${shown(r.left === r.right ? r.left : `${r.left ?? ''}; ${r.right ?? ''}`)}, as ${counted(r.records ?? 0, 'record')}${r.finds ? '' : '; left out, as it was found to be shared by too many'}`;
  if (r.left === null || r.right === null)
    return `${mark} ${r.rule}: ${r.left === null && r.right === null ? 'neither has a value' : `only one has a value (${shown(r.left ?? r.right)})`}`;
  return `${mark} ${r.rule}: ${shown(r.left)}, not ${shown(r.right)}`;
}
