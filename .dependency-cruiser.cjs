const stages = ['bronze', 'silver', 'quality', 'identity', 'gold', 'publish'];
const below = { base: [], config: ['base', 'sql'], sql: ['base'], engine: ['base', 'config', 'sql'], connectors: ['base', 'config', 'sql', 'engine'] };
const open = ['base', 'config', 'sql', 'engine', 'connectors'];

const mayOnly = (room, rooms) => ({
  name: `${room} imports only ${rooms.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...rooms].join('|')})/` },
});

/** base ← config, sql ← engine, connectors ← stages, site ← run ← cli; stages do not import each other. */
module.exports = {
  forbidden: [
    ...Object.entries(below).map(([room, rooms]) => mayOnly(room, rooms)),
    ...stages.map((stage) => mayOnly(stage, open)),
    mayOnly('site', ['base']),
    mayOnly('run', [...open, ...stages, 'site']),
    mayOnly('testing', ['base']),
    { name: 'the library does not import the command line', severity: 'error', from: { path: '^src/', pathNot: '^src/cli/' }, to: { path: '^src/cli/' } },
    { name: 'no circles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' }, enhancedResolveOptions: { extensions: ['.ts', '.js'] } },
};
