import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mendedCase, partsOfName } from '../../src/silver/columns/names.js';

const western = { order: 'given_first', familyWords: 1 } as const;

/** The parts as `title|given|middle|family|suffix`. */
function parts(whole: string, options: Parameters<typeof partsOfName>[1] = western): string {
  const p = partsOfName(whole, options);
  return [p.title, p.given, p.middle, p.family, p.suffix].map((part) => part ?? '').join('|');
}

describe('parts of a name', () => {
  it.each([
    ['John Smith', '|John||Smith|'],
    ['John Ronald Reuel Tolkien', '|John|Ronald Reuel|Tolkien|'],
    ['Smith, John', '|John||Smith|'],
    ['Smith, John Q.', '|John|Q.|Smith|'],
    ['Smith, Dr. John', 'Dr.|John||Smith|'],
    ['Smith, Jr., John', '|John||Smith|Jr.'],
    ['Dr. Smith', 'Dr.|||Smith|'],
    ['Prof. Dr. med. Anna-Lena Müller', 'Prof. Dr. med.|Anna-Lena||Müller|'],
    ['Frau Dr. Özlem Türeci', 'Frau Dr.|Özlem||Türeci|'],
    ['Mrs Jane Doe', 'Mrs|Jane||Doe|'],
    ['Martin Luther King, Jr.', '|Martin|Luther|King|Jr.'],
    ['King, Martin Luther, Jr.', '|Martin|Luther|King|Jr.'],
    ['Sammy Davis Jr', '|Sammy||Davis|Jr'],
    ['Ada Byron, PhD, MBA', '|Ada||Byron|PhD MBA'],
    ['Henry Ford III', '|Henry||Ford|III'],
    ['Ludwig van Beethoven', '|Ludwig||van Beethoven|'],
    ['Jan van der Berg', '|Jan||van der Berg|'],
    ['Maria de la Cruz', '|Maria||de la Cruz|'],
    ['Osama bin Zayed', '|Osama||bin Zayed|'],
    ['محمد بن سلمان', '|محمد||بن سلمان|'],
    ['José Ortega y Gasset', '|José||Ortega y Gasset|'],
    ['Van Morrison', '|Van||Morrison|'],
    ['van der Berg, Jan', '|Jan||van der Berg|'],
    ['Robert "Bob" Smith', '|Robert||Smith|'],
    ['Robert (Bob) Smith', '|Robert||Smith|'],
    ['Yo-Yo Ma', '|Yo-Yo||Ma|'],
    ['Madonna', '|Madonna|||'],
    ['Seán Ó Briain', '|Seán|Ó|Briain|'],
    ['山田太郎', '||||'],
    ['Mr & Mrs Smith', '||||'],
    ['Smith, John, Acme Ltd', '||||'],
    ["Robert'); DROP TABLE students;--", "|Robert');|DROP TABLE|students;--|"],
    ['🦄 Smith', '|🦄||Smith|'],
  ])('%s is %s', (whole, expected) => {
    expect(parts(whole)).toBe(expected);
  });

  it('follows the declared order, and takes nothing apart where only a comma counts', () => {
    expect(parts('Nagy Péter János', { order: 'family_first', familyWords: 1 })).toBe('|Péter|János|Nagy|');
    expect(parts('van Dijk Piet', { order: 'family_first', familyWords: 1 })).toBe('|Piet||van Dijk|');
    expect(parts('Gabriel García Márquez', { order: 'given_first', familyWords: 2 })).toBe('|Gabriel||García Márquez|');
    expect(parts('John Smith', { order: 'comma', familyWords: 1 })).toBe('||||');
    expect(parts('Smith, John', { order: 'comma', familyWords: 1 })).toBe('|John||Smith|');
  });

  it('never throws and never makes up a word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (whole) => {
        const all = parts(whole);
        for (const word of all.split(/[| ]/)) expect(whole).toContain(word);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('case of a name', () => {
  it.each([
    ['JOHN SMITH', 'John Smith'],
    ['john smith', 'John Smith'],
    ['SEAN O’NEILL', 'Sean O’Neill'],
    ["sean o'neill", "Sean O'Neill"],
    ['RONALD MCDONALD', 'Ronald McDonald'],
    ['MACY GRAY', 'Macy Gray'],
    ['LUDWIG VAN BEETHOVEN', 'Ludwig van Beethoven'],
    ['VAN MORRISON', 'Van Morrison'],
    ['ANNA-LENA MÜLLER', 'Anna-Lena Müller'],
    ['J.R.R. TOLKIEN', 'J.R.R. Tolkien'],
    ['HENRY FORD III', 'Henry Ford III'],
    ['ada byron, phd', 'Ada Byron, PhD'],
    ['DR. JANE DOE', 'Dr. Jane Doe'],
    ['John McDonald', 'John McDonald'],
    ['deShawn Smith', 'deShawn Smith'],
    ['ÉMILE ZOLA', 'Émile Zola'],
    ['ЛЕВ ТОЛСТОЙ', 'Лев Толстой'],
    ['山田 太郎', '山田 太郎'],
  ])('%s becomes %s', (whole, expected) => {
    expect(mendedCase(whole)).toBe(expected);
  });
});
