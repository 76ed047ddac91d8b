import { afterAll, describe, expect, test } from 'vitest';
import { filledIn } from '../../src/connectors/rest/placeholders.js';
import { build as buildProject, openProject, realEffects } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import { closeServers, reply, serve } from '../support/http.js';
import { asOf, makeProject, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';

closeServers();
afterAll(removeFolders);

type Fields = Readonly<Record<string, unknown>>;

/** Users, the posts of each, and addresses that answer with a failure. */
interface World {
  users: Fields[];
  readonly posts: Map<string, Fields[]>;
  readonly failing: Map<string, number>;
}

const each = { stream: 'users', as: { user_id: 'id' } };
const paging = { kind: 'offset', size: 2, min_size: 2 };

async function service(more: Fields = {}) {
  const world: World = { users: [], posts: new Map(), failing: new Map() };
  const { url, seen } = await serve(({ url: asked }, response) => {
    const status = world.failing.get(`${asked.pathname}${asked.search}`) ?? world.failing.get(asked.pathname);
    if (status !== undefined) return reply(response, {}, status);
    const [skip, limit] = [Number(asked.searchParams.get('offset')), Number(asked.searchParams.get('limit'))];
    const user = /^\/users\/([^/]*)\/posts$/.exec(asked.pathname)?.[1];
    const held = user === undefined ? world.users : world.posts.get(decodeURIComponent(user));
    if (held === undefined) return reply(response, {}, 404);
    reply(response, { rows: held.slice(skip, skip + limit), total: held.length });
  });
  const common = { records: 'rows', total: 'total', paging };
  const posts = { ...common, path: 'users/{user_id}/posts', key: ['_parent_user_id', 'id'], for_each: each, ...more };
  const streams = { posts, users: { ...common, path: 'users', key: ['id'] } };
  const columns = { user: '_parent_user_id', id: 'id', text: { from: 'text', optional: true } };
  const dir = await makeProject({
    config: {
      name: 'children',
      sources: { s: { connector: 'rest', url, attempts: 1, streams } },
      tables: { posts: { from: 's.posts', key: ['user', 'id'], columns } },
    },
  });
  const build = async () => {
    const sealing = { rows: 1, bytes: Infinity, ms: Infinity };
    const result = await buildProject(await openProject(dir), { asOf, effects: realEffects(), sealing });
    expectBalanced(result);
    return result;
  };
  /** The posts that were asked for since the last time, by user. */
  let from = 0;
  const asked = (): readonly string[] => {
    const paths = seen.slice(from).flatMap(({ url: one }) => /^\/users\/([^/]*)\/posts$/.exec(one.pathname)?.[1] ?? []);
    from = seen.length;
    return [...new Set(paths)];
  };
  return { world, dir, build, asked };
}

const standing = (dir: string) => rowsIn(dir, sql`SELECT user, id, text FROM silver.posts WHERE _deleted_at IS NULL`);
const truth = ({ users, posts }: World) =>
  users
    .flatMap((u) =>
      (posts.get(String(u['id'])) ?? []).map((p) => JSON.stringify({ user: String(u['id']), id: String(p['id']), text: p['text'] })),
    )
    .sort();
const people = (...ids: readonly unknown[]): Fields[] => ids.map((id) => ({ id, name: `user ${String(id)}` }));
const post = (id: number, text = `post ${id}`): Fields => ({ id, text });

describe('a stream that is read for each record of another', () => {
  test('has the records of all, with what it asked for of the parent; parents are landed first', async () => {
    const { world, dir, build } = await service();
    world.users = people(1, 2, 'a/../b?c#d %2e', 4);
    world.posts
      .set(
        '1',
        [1, 2, 3].map((n) => post(n)),
      )
      .set('2', [])
      .set('a/../b?c#d %2e', [post(1)])
      .set('4', [post(9)]);
    expect((await build()).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(world));
    expect(await standing(dir)).toContain('{"user":"a/../b?c#d %2e","id":"1","text":"post 1"}');
    const again = await build();
    expect([again.status, again.published]).toEqual(['success', false]);
  });

  test('follows what changes, comes and goes; a parent that is gone takes its children along', async () => {
    const { world, dir, build } = await service();
    world.users = people(1, 2, 3);
    for (const id of ['1', '2', '3']) world.posts.set(id, [post(1), post(2), post(3)]);
    await build();
    world.users = people(1, 3, 4);
    world.posts.set('1', [post(1, 'changed'), post(3), post(5)]).set('4', [post(1)]);
    expect((await build()).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(world));
  });

  test.each([404, 403])('one parent that answers %i is a warning: the rest is read, and nothing is deleted', async (status) => {
    const { world, dir, build } = await service();
    world.users = people(1, 2, 3);
    for (const id of ['1', '2', '3']) world.posts.set(id, [post(1), post(2)]);
    await build();
    const before = await standing(dir);
    world.failing.set('/users/2/posts', status);
    world.posts.set('3', [post(1), post(2), post(3)]);
    const partial = await build();
    expect([partial.status, warnings(partial)]).toEqual([
      'partial',
      [expect.stringMatching(new RegExp(`^1 of 3 could not be read, the last because .* answered ${status}; nothing was deleted$`))],
    ]);
    expect(await standing(dir)).toEqual([...before, '{"user":"3","id":"3","text":"post 3"}'].sort());
    world.failing.clear();
    world.posts.set('2', [post(2)]);
    expect((await build()).status).toBe('success');
    expect(await standing(dir)).toEqual(truth(world));
  });

  test('goes on in the middle of the parents, and of one, where it was stopped', async () => {
    const { world, dir, build, asked } = await service();
    world.users = people(1, 2, 3, 4);
    for (const { id } of world.users)
      world.posts.set(
        String(id),
        [1, 2, 3, 4, 5].map((n) => post(n)),
      );
    world.failing.set('/users/3/posts?offset=2&limit=2', 500);
    const first = await build();
    expect([first.status, asked()]).toEqual(['partial', ['1', '2', '3']]);
    world.failing.clear();
    expect((await build()).status).toBe('success');
    expect(asked()).toEqual(['3', '4']);
    expect(await standing(dir)).toEqual(truth(world));
    expect(await rowsIn(dir, sql`SELECT id FROM bronze.s__posts`)).toHaveLength(20);
  });

  test('when: changed reads only for parents that came or changed, and all of them after full_every days', async () => {
    const { world, dir, build, asked } = await service({ for_each: { ...each, when: 'changed' } });
    world.users = people(1, 2, 3);
    for (const id of ['1', '2', '3', '4']) world.posts.set(id, [post(1)]);
    await build();
    expect(asked()).toEqual(['1', '2', '3']);
    await build();
    expect(asked()).toEqual([]);
    world.users = [{ id: 1, name: 'renamed' }, ...people(2, 3, 4)];
    world.posts.set('1', [post(1), post(2)]);
    expect((await build()).status).toBe('success');
    expect(asked()).toEqual(['1', '4']);
    expect(await standing(dir)).toEqual(truth(world));
    world.failing.set('/users/2/posts', 404);
    world.users[1] = { id: 2, name: 'renamed too' };
    await build();
    world.failing.clear();
    asked();
    await build();
    expect(asked()).toEqual(['2']);
  });

  test('says so where no parent is known, and deletes nothing', async () => {
    const { world, dir, build } = await service();
    world.users = people(1);
    world.posts.set('1', [post(1), post(2)]);
    world.failing.set('/users', 500);
    const none = await build();
    expect(warnings(none).at(-1)).toBe('no record of users is landed, so users/{user_id}/posts was not read; what stood is kept');
    world.failing.clear();
    await build();
    expect(await standing(dir)).toHaveLength(2);
  });
});

describe('its declaration', () => {
  const open = (streams: Fields) =>
    makeProject({ config: { name: 'x', sources: { s: { connector: 'rest', url: 'http://127.0.0.1:1', streams } } } }).then(openProject);
  const child = (stream: string, more: Fields = {}): Fields => ({ path: 'x/{a}', for_each: { stream, as: { a: 'id' } }, ...more });

  test.each<[Fields, RegExp]>([
    [{ posts: child('user'), users: { path: 'users' } }, /unknown stream `user` in source `s`.*users/],
    [{ a: child('b'), b: child('a') }, /goes round in a circle: a → b → a/],
    [{ a: child('a') }, /goes round in a circle: a → a/],
    [{ users: { path: 'users' }, posts: child('users', { path: 'x/{b}' }) }, /`\{b\}` is not named in `for_each.as`/],
    [{ users: { path: 'users' }, posts: child('users', { path: 'x' }) }, /nothing of the parent is asked for/],
    [{ users: { path: 'users' }, posts: child('users', { cursor: { field: 'c', parameter: 'c' } }) }, /has no cursor of its own/],
  ])('is checked: %#', async (streams, message) => {
    await expect(open(streams)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
  });

  test('a value of a parent leads nowhere else, and goes into query and body as it is', () => {
    const asked = { path: 'x/{a}/y', query: { q: 'id:{a}', n: 1 }, body: { where: [{ id: '{a}' }, '{other}'] } };
    expect(filledIn(asked, { a: '../b&c' })).toEqual({
      path: 'x/..%2Fb%26c/y',
      query: { q: 'id:../b&c', n: 1 },
      body: { where: [{ id: '../b&c' }, '{other}'] },
    });
    for (const a of ['.', '..']) expect(() => filledIn(asked, { a })).toThrow("can't be asked for");
    expect(filledIn({ path: 'x/{a}', query: {} }, { a: '$&' }).path).toBe('x/%24%26');
  });
});
