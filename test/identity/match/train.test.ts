import { describe, expect, it } from 'vitest';
import { hypotheses } from '../../../src/identity/match/hypotheses.js';
import type { Pattern, Prior } from '../../../src/identity/match/mixture.js';
import type { Session } from '../../../src/identity/match/train.js';
import { train } from '../../../src/identity/match/train.js';

/* Codes: 1 disagree, 2 nearly, 3 equal; 0 where a value is missing. */
const usual = [0.1, 0.15, 0.75];
const pattern = (codes: readonly number[], count: number, rules = 1): Pattern => ({ codes, rules, count });
const records = 3000;
const allPairs = (records * (records - 1)) / 2;

/** What training comes to by candidates, where random pairs hardly ever agree. */
function trained(priors: readonly Prior[], candidates: readonly Pattern[], sessions: readonly Session[] = [{ rule: 0, blocked: [0] }]) {
  const chance = priors.flatMap((_, k) =>
    [2, 3].map((code) =>
      pattern(
        priors.map((_p, i) => (i === k ? code : 1)),
        300,
      ),
    ),
  );
  const random = [
    pattern(
      priors.map(() => 1),
      1_000_000,
    ),
    ...chance,
  ];
  return train(priors, sessions, candidates, random, allPairs);
}

describe('colleagues', () => {
  const [name, number, phone, place] = [0, 1, 2, 3];
  const priors: Prior[] = [name, number, phone, place].map((k) => ({
    m: usual,
    shared: k === phone || k === place,
    naming: k === name ? 'name' : undefined,
  }));
  // Whoever works at one place has its number; few give a number of their own.
  const candidates = [
    pattern([1, 0, 3, 3], 3000, 0b11),
    pattern([3, 0, 3, 3], 250, 0b11),
    pattern([3, 3, 3, 3], 1200, 0b111),
    pattern([3, 3, 1, 1], 100, 0b100),
    pattern([1, 1, 1, 1], 20_000, 0b10),
  ];

  it('are not taken for one, though all that they say but their names is the same', () => {
    const sessions = [
      { rule: 0, blocked: [phone] },
      { rule: 1, blocked: [place] },
      { rule: 2, blocked: [number] },
    ];
    const [disagree = 1] = trained(priors, candidates, sessions).attributes[name]?.m ?? [];
    expect(disagree).toBeLessThan(0.15);
  });
});

describe('songs of one album', () => {
  const [title, artist, album, year] = [0, 1, 2, 3];
  const priors: Prior[] = [title, artist, album, year].map((k) => ({
    m: usual,
    shared: k === artist || k === album,
    distinctive: k === title,
  }));
  // Of every album most are by one artist and of one year; a song is there twice at most. A rule by a word of the title finds hardly any other of its album.
  const candidates = [
    pattern([1, 3, 3, 3], 9000, 0b11),
    pattern([1, 3, 3, 3], 100, 0b1000),
    pattern([3, 3, 3, 3], 1200, 0b1111),
    pattern([1, 1, 1, 1], 20_000, 0b1010),
  ];
  const sessions = [
    { rule: 0, blocked: [artist] },
    { rule: 1, blocked: [album] },
    { rule: 2, blocked: [title] },
  ];
  const knows = { rule: 3, blocked: [year] };
  const disagree = (some: typeof sessions): number => trained(priors, candidates, some).attributes[title]?.m[0] ?? 1;

  it('are not taken for one where a session knows better, though all that they say but their titles is the same', () => {
    expect(disagree([...sessions, knows])).toBeLessThan(0.3);
    expect(trained(priors, candidates, [...sessions, knows]).sessions.map(({ rule }) => rule)).toEqual([2, 3]);
  });

  it('are no reason to leave all sessions out', () => {
    expect(trained(priors, candidates, sessions).sessions.map(({ rule }) => rule)).toEqual([0, 1, 2]);
  });
});

describe('numbers that each system gives by itself', () => {
  const [phone, number, place, size] = [0, 1, 2, 3];
  const priors: Prior[] = [phone, number, place, size].map((k) => ({
    m: usual,
    shared: k === place,
    distinctive: k === number,
    issued: k === number,
  }));
  const candidates = [pattern([3, 1, 3, 3], 1200, 0b11), pattern([1, 1, 1, 1], 20_000, 0b10)];

  it('come to tell nothing, and what sessions say of the rest stands', () => {
    const sessions = [
      { rule: 0, blocked: [phone] },
      { rule: 1, blocked: [place] },
    ];
    const { attributes, sessions: ran } = trained(priors, candidates, sessions);
    expect(ran).toHaveLength(2);
    expect(attributes[number]?.m[0]).toBeGreaterThan(0.9);
  });
});

describe('people who moved', () => {
  const [name, born, street, city] = [0, 1, 2, 3];
  const priors: Prior[] = [name, born, street, city].map((k) => ({
    m: usual,
    shared: k === street || k === city,
    naming: k === name ? 'name' : undefined,
    moves: k === street || k === city,
  }));
  const candidates = [pattern([3, 3, 3, 3], 1000), pattern([3, 3, 1, 1], 200), pattern([1, 1, 1, 1], 20_000)];
  const sessions = [{ rule: 0, blocked: [name] }];

  it('disagree on street and city at once, which counts once', () => {
    const { together, attributes } = trained(priors, candidates, sessions);
    const [moved] = together;
    expect(moved?.pair).toEqual([street, city]);
    const lift = 1 / (moved?.lifts[0]?.[0] ?? 1);
    expect(lift).toBeGreaterThan(2);
    // No oftener than one of them does: what both count for is no more than that.
    expect(lift).toBeLessThan(1 / (attributes[city]?.m[0] ?? 1));
  });

  it('are looked for where something can move only', () => {
    const still = priors.map((prior) => ({ ...prior, moves: false }));
    expect(trained(still, candidates, sessions).together).toEqual([]);
  });
});

describe('numbers that were issued', () => {
  const [name, vat, phone, place] = [0, 1, 2, 3];
  const priors = (issued: boolean): Prior[] =>
    [name, vat, phone, place].map((k) => ({ m: usual, shared: k === phone || k === place, issued: issued && k === vat }));
  // Sister companies have half of their name in common, and a number each.
  const candidates = [
    pattern([3, 3, 3, 3], 1000, 0b111),
    pattern([2, 3, 3, 3], 200, 0b110),
    pattern([2, 1, 3, 3], 900, 0b110),
    pattern([1, 1, 1, 1], 20_000, 0b100),
  ];
  const sessions = [
    { rule: 0, blocked: [name] },
    { rule: 1, blocked: [phone] },
    { rule: 2, blocked: [place] },
  ];

  it('are learned where sister companies do not pass for one', () => {
    const disagree = (issued: boolean) => trained(priors(issued), candidates, sessions).attributes[vat]?.m[0] ?? 1;
    expect(disagree(true)).toBeLessThan(disagree(false) / 2);
    expect(disagree(true)).toBeLessThan(0.1);
  });
});

describe('what relatives do not share', () => {
  const [name, born, number, phone, place] = [0, 1, 2, 3, 4];
  const candidates = [
    pattern([3, 3, 3, 3, 3], 1500, 0b111),
    pattern([1, 1, 1, 3, 3], 3000, 0b110),
    pattern([1, 1, 3, 3, 3], 300, 0b110),
    pattern([1, 1, 1, 1, 1], 20_000, 0b100),
  ];
  const sessions = [
    { rule: 0, blocked: [name] },
    { rule: 1, blocked: [phone] },
    { rule: 2, blocked: [place] },
  ];
  const same = (issued: boolean): number => {
    const priors: Prior[] = [name, born, number, phone, place].map((k) => ({
      m: usual,
      shared: k === phone || k === place,
      issued: issued && k === number,
    }));
    return trained(priors, candidates, sessions).attributes[number]?.kin[0]?.h.at(-1) ?? 0;
  };

  it('they seldom have in common, and a number that was issued hardly ever', () => {
    expect(same(false)).toBeCloseTo(0.02, 6);
    expect(same(true)).toBeCloseTo(0.002, 6);
  });
});

describe('what is made of names', () => {
  const [name, mail, born, phone] = [0, 1, 2, 3];
  // Many are called the same and have similar e-mails, and nothing else in common; people have nearly everything.
  const candidates = [
    pattern([3, 2, 1, 1], 4000),
    pattern([3, 1, 1, 1], 2000),
    pattern([3, 3, 3, 3], 700),
    pattern([3, 3, 3, 1], 150),
    pattern([3, 2, 3, 3], 50),
    pattern([3, 1, 3, 3], 100),
  ];
  const weights = (naming: Prior['naming']) => {
    const priors: Prior[] = [name, mail, born, phone].map((k) => ({
      m: usual,
      shared: false,
      naming: k === name ? 'name' : k === mail ? naming : undefined,
    }));
    return trained(priors, candidates).attributes[mail]?.strangers ?? [];
  };

  it('is no second evidence where it is nearly the same, and is evidence where it is the very same', () => {
    const [disagree = 0, nearly = 0, equal = 0] = weights('of_names');
    expect(nearly).toBeLessThan(0);
    expect(nearly).toBeGreaterThanOrEqual(disagree);
    expect(equal).toBeGreaterThan(5);
  });

  it('would count twice if it were not known for that', () => {
    expect(weights(undefined)[1]).toBeGreaterThan(3);
  });
});

describe('relatives', () => {
  const priors: Prior[] = [true, false, false].map((shared) => ({ m: usual, shared }));
  const m = priors.map(() => [0.02, 0.08, 0.9]);
  const u = priors.map(({ shared }) => (shared ? [0.9999, 0.00008, 0.00002] : [0.98, 0.018, 0.002]));
  // Papers of the same authors: words of their titles are in both, and they are of about the same years.
  const papers = [pattern([3, 1, 1], 1500), pattern([3, 2, 1], 500), pattern([3, 1, 2], 500), pattern([3, 2, 2], 300)];
  const same = [pattern([3, 3, 3], 800), pattern([2, 3, 3], 100), pattern([3, 3, 2], 50), pattern([3, 2, 3], 50)];

  it('have nearly in common what the data shows, and are not taken for one entity', () => {
    const { prior, kin } = hypotheses(priors, m, { u, together: [] }, [...papers, ...same], allPairs, true);
    const { share = 0, h = [] } = kin[0] ?? {};
    expect(prior * allPairs).toBeGreaterThan(900);
    expect(prior * allPairs).toBeLessThan(1400);
    expect(share * allPairs).toBeGreaterThan(1500);
    expect(h[1]?.[1]).toBeGreaterThan(0.1);
    expect(h[1]?.[2]).toBeLessThanOrEqual(0.02);
  });

  it('are none where nothing but one entity explains what is shared', () => {
    const { kin } = hypotheses(priors, m, { u, together: [] }, same, allPairs, true);
    expect((kin[0]?.share ?? 1) * allPairs).toBeLessThan(12);
  });

  it('are all there is where nobody is there twice', () => {
    const household: Prior[] = [true, true, false, false].map((shared) => ({ m: usual, shared }));
    const found = trained(household, [
      pattern([3, 3, 1, 1], 2000),
      pattern([3, 2, 1, 1], 300),
      pattern([3, 3, 2, 1], 40),
      pattern([3, 1, 1, 1], 500),
    ]);
    expect(found.prior * allPairs).toBeLessThan(50);
    expect((found.kin[0]?.share ?? 0) * allPairs).toBeGreaterThan(1500);
  });

  it('have ladders on which more likeness never counts for less', () => {
    for (const { strangers, kin } of trained(priors, [...papers, ...same]).attributes) {
      for (const ladder of [strangers, ...kin.map(({ bits }) => bits)]) expect(ladder).toEqual([...ladder].sort((a, b) => a - b));
    }
  });
});

describe('branches', () => {
  // The name, the street, the town, the country. Two hundred are there twice; most others have a country and a similar name in common.
  const priors: Prior[] = [
    { m: usual, shared: false, distinctive: true },
    { m: usual, shared: true, place: 'exact' },
    { m: usual, shared: true, place: 'rough' },
    { m: usual, shared: true },
  ];
  const strangers = {
    u: [
      [0.99, 0.0099, 0.0001],
      [0.9899, 0.01, 0.0001],
      [0.96, 0.01, 0.03],
      [0.87, 0.01, 0.12],
    ],
    together: [],
  };
  const found = (branches: number) =>
    hypotheses(
      priors,
      [usual, usual, usual, usual],
      strangers,
      [
        pattern([3, 3, 3, 3], 150),
        pattern([2, 3, 3, 3], 50),
        pattern([2, 1, 1, 3], 40_000),
        pattern([2, 1, 3, 3], 1500),
        pattern([3, 1, 1, 3], branches),
        pattern([3, 1, 3, 3], branches / 10),
      ],
      allPairs,
      false,
    ).kin.find(({ name }) => name === 'branches');

  it('have a name of as many pairs as the data shows, and not of a share of all who are nearly called the same', () => {
    for (const branches of [10, 100, 1000]) {
      const { share = 0, h = [] } = found(branches) ?? {};
      expect(share * allPairs * (h[0]?.[2] ?? 0)).toBeLessThan(1.1 * branches + 300);
    }
  });
});

describe('a rule that finds more relatives than true pairs', () => {
  const [phone, given, street, city] = [0, 1, 2, 3];
  const priors: Prior[] = [phone, given, street, city].map((k) => ({ m: usual, shared: k !== given }));
  // By the phone number: 600 pairs of one person, 2,400 of a household, and some who have the number of a company.
  const candidates = [
    pattern([3, 3, 3, 3], 520),
    pattern([3, 2, 3, 3], 50),
    pattern([3, 3, 1, 3], 30),
    pattern([3, 1, 3, 3], 2250),
    pattern([3, 1, 2, 3], 150),
    pattern([3, 1, 1, 1], 300),
  ];

  it('learns of one entity what true pairs say: that they are called the same', () => {
    const { attributes, sessions } = trained(priors, candidates);
    expect(sessions[0]?.matches).toBeGreaterThan(500);
    expect(sessions[0]?.matches).toBeLessThan(900);
    expect(attributes[given]?.m[0]).toBeLessThan(0.2);
  });
});

describe('a session that takes kin for one', () => {
  // Recordings: title, number, artist, year, label and genre. What an artist recorded has the last three in common too, more often than not.
  const [title, number, artist, year, label, genre] = [0, 1, 2, 3, 4, 5];
  const priors: Prior[] = [title, number, artist, year, label, genre].map((k) => ({ m: usual, shared: k === artist }));
  const every = (1 << title) | (1 << number) | (1 << artist) | (1 << year) | (1 << label);
  const candidates = [
    pattern([3, 3, 3, 3, 3, 3], 700, every),
    pattern([3, 3, 3, 1, 3, 3], 200, every),
    pattern([3, 1, 3, 3, 3, 3], 150, every),
    pattern([1, 3, 3, 3, 3, 3], 100, every),
    pattern([1, 1, 3, 3, 3, 3], 24_000, 1 << artist),
    pattern([1, 1, 3, 1, 3, 3], 6000, 1 << artist),
    pattern([1, 1, 3, 1, 1, 1], 9000, 1 << artist),
  ];
  const equal = (blocked: readonly number[]): number => {
    const sessions = blocked.map((k) => ({ rule: k, blocked: [k] }));
    return trained(priors, candidates, sessions).attributes[title]?.m.at(-1) ?? 0;
  };

  it('does not outweigh the others, though it finds far more', () => {
    expect(equal([number, year, label])).toBeGreaterThan(0.7);
    expect(equal([number, year, label, artist])).toBeGreaterThan(0.7);
    expect(equal([artist])).toBeLessThan(0.2);
  });
});
