import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnefoldError } from '../../src/base/errors.js';
import { redact, redactedJson, rememberSecret } from '../../src/base/redact.js';
import { sql } from '../../src/sql/tag.js';
import { cases } from '../support/property.js';

// The register belongs to the process, so every test remembers secrets of its own.

test('a text without secrets is left as it is', () => {
  expect(redact('nothing here')).toBe('nothing here');
});

describe('a secret that was remembered', () => {
  const secret = `s3cr3t/+ "it's" ünï`;
  rememberSecret(secret);

  test.each([
    ['as it is', secret],
    ['in SQL', sql`SELECT ${secret}`.text],
    ['in JSON', JSON.stringify({ secret })],
    ['in an address', `https://user:${encodeURIComponent(secret)}@host/`],
    ['in a form', new URLSearchParams({ secret }).toString()],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 for addresses', Buffer.from(secret).toString('base64url')],
    ['in a header of basic authentication', Buffer.from(`user:${secret}`).toString('base64')],
    ['in base64, with more around it', Buffer.from(`ab${secret}cd`).toString('base64')],
    ['in hexadecimal digits', Buffer.from(secret).toString('hex')],
  ])('does not show %s', (_, text) => {
    const shown = redact(`before ${text} after`);
    expect(shown).toMatch(/^before .*\*\*\*.* after$/);
    for (const part of ['s3cr3t', 's3cr', Buffer.from('s3cr3t').toString('hex'), text.slice(8, 20)]) expect(shown).not.toContain(part);
  });

  test('does not show in an error, its hint and its problems', () => {
    const error = new OnefoldError('INTERNAL', `a ${secret}`, { hint: secret, problems: [{ path: secret, message: `b ${secret}` }] });
    expect([error.message, error.hint, error.problems]).toEqual(['a ***', '***', [{ path: '***', message: 'b ***' }]]);
    expect(error.stack).not.toContain(secret);
  });

  test('leaves a JSON document one, names included', () => {
    rememberSecret('nabc"d');
    const value = { [secret]: [`\n${secret}`, '\nabc"d', 7, null, { a: 'nabc"d' }] };
    expect(JSON.parse(redactedJson(value))).toEqual({ '***': ['\n***', '\nabc"d', 7, null, { a: '***' }] });
  });
});

test('of a key of several lines no line shows by itself', () => {
  rememberSecret('-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n');
  expect(redact('LINE 2: kqhkiG9w0BAQEF ^')).toBe('LINE 2: *** ^');
});

test('a secret of less than four characters is not masked, as that would say nothing and spoil all else', () => {
  rememberSecret('qzx');
  expect(redact('a qzx b')).toBe('a qzx b');
});

test('whatever the secret and whatever stands around it, no text that passes holds it', () => {
  const word = fc.string({ minLength: 6, maxLength: 30 }).filter((s) => s.trim().length >= 6 && !s.includes('*'));
  fc.assert(
    fc.property(word, fc.string(), fc.string(), (secret, before, after) => {
      rememberSecret(secret);
      const held = secret.trim();
      const spellings = [held, JSON.stringify(held), encodeURIComponent(held), Buffer.from(held).toString('base64')];
      for (const spelling of spellings) expect(redact(before + spelling + after)).not.toContain(spelling);
      const document = redactedJson({ [held]: [before + held + after] });
      expect(JSON.stringify(JSON.parse(document))).not.toContain(JSON.stringify(held).slice(1, -1));
    }),
    cases(25),
  );
});
