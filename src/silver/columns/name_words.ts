/*
 * Words that stand around people's names, folded and without dots. They are few and common: a word that is as often a name
 * itself (`Don`, `Ma`) is left out, for a name that is not taken apart is better than one taken apart wrongly.
 */

/** Titles in front of a name. */
export const titles: ReadonlySet<string> = new Set(
  `mr mrs ms miss mx mister dr doctor drs prof professor sir dame lord lady rev reverend hon rabbi imam sheikh
   herr frau familie mme mlle monsieur madame mademoiselle sr sra srta senor senora dona
   dott dottssa sig sigra signor signora dhr mevr mevrouw meneer pan pani fru shri smt`.split(/\s+/),
);

/** Titles that are also words or names, and so need their dot. */
export const dottedTitles: ReadonlySet<string> = new Set('ing mag fr hr dipl gen col maj capt cpt lt sgt fam me'.split(' '));

/** Words that go on with a title: `Dr. med.`, `Prof. Dr. h. c.` */
export const afterTitles: ReadonlySet<string> = new Set(
  'med phil jur rer nat pol oec ing habil hc h c mult dent vet theol mont dipl-ing'.split(' '),
);

/** Words behind a name. */
export const suffixes: ReadonlySet<string> = new Set(
  'jr jnr junior sr snr senior ii iii iv vi vii viii phd dphil md dds dvm esq mba cpa msc bsc llm llb obe mbe cbe kc qc'.split(' '),
);

/** How suffixes are spelled where the case of a name is mended; others are written in capitals. */
export const suffixSpelling: ReadonlyMap<string, string> = new Map([
  ['jr', 'Jr'],
  ['jnr', 'Jnr'],
  ['junior', 'Junior'],
  ['sr', 'Sr'],
  ['snr', 'Snr'],
  ['senior', 'Senior'],
  ['phd', 'PhD'],
  ['dphil', 'DPhil'],
  ['msc', 'MSc'],
  ['bsc', 'BSc'],
  ['esq', 'Esq'],
]);

/** Words that belong to the family name behind them. */
export const particles: ReadonlySet<string> = new Set(
  `van von vom zu zum zur der den dem ter ten te op 't de del della delle dei degli di da do dos das du des d la las le les lo los
   el al ul as ash bin bint ibn ben abu ap af av san santa sankt st saint mc mac بن بنت ابن آل`.split(/\s+/),
);

/** Words between two family names that are one: `Ortega y Gasset`. */
export const conjunctions: ReadonlySet<string> = new Set(['y', 'e', 'i']);

/** Words between two people. */
export const between: ReadonlySet<string> = new Set(['and', '&', '+', 'und', 'et', 'or', 'oder', 'ou', 'c/o']);
