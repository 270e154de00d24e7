const base = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  resolver: '<rootDir>/test/support/jest-resolver.cjs',
  testEnvironment: '<rootDir>/test/support/jest-environment.mjs',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/dist-bench/'],
};
const tier = (displayName, testMatch, extra = {}) => ({ ...base, displayName, testMatch, ...extra });

export default {
  // Only ends what hangs; a slow machine may take long.
  testTimeout: 300_000,
  projects: [
    tier('unit', ['<rootDir>/src/**/*.spec.ts']),
    tier('medium', ['<rootDir>/test/medium/**/*.spec.ts']),
    tier('e2e', ['<rootDir>/test/e2e/**/*.spec.ts']),
  ],
};
