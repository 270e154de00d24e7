/** The layer rule of docs/architecture.md, and no import cycles. */
const layer = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer('common-is-a-leaf', '^src/common/', '^src/(?!common/)', 'common imports nothing of ours'),
    layer(
      'dataset-looks-down',
      '^src/dataset/',
      '^src/(training|orientation|infra|modules|demo|cli)',
      'dataset imports only common',
    ),
    layer(
      'orientation-looks-down',
      '^src/orientation/',
      '^src/(training|infra|modules|demo|cli)',
      'orientation imports dataset and common',
    ),
    layer(
      'training-looks-down',
      '^src/training/',
      '^src/(orientation|infra|modules|demo|cli)',
      'training imports dataset and common',
    ),
    layer(
      'infra-imports-no-module',
      '^src/infra/',
      '^src/(modules|training|orientation|dataset|demo|cli)',
      'infra imports only common',
    ),
    layer('modules-know-no-root', '^src/modules/', '^src/(demo|cli|main|worker)', 'features never import a root'),
    layer(
      'science-without-framework',
      '^src/(common|dataset|orientation|training)/',
      'node_modules/(@nestjs|typeorm|bullmq|pg|ssh2|express)(/|$)',
      'the science is free of the framework',
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
