import { fileURLToPath } from 'node:url';

import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('..', import.meta.url));

const nondeterministic = 'the same model, recipe and seed must give the same bytes everywhere';

export default defineConfig(
  // AssemblyScript looks like TypeScript and is not: its own compiler checks it.
  globalIgnores(['dist/', '.cache/', 'public/models/', 'src/core/kernels/assembly/']),

  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  svelte.configs.recommended,

  {
    // A rule that does not fit is changed here, where everyone sees it, and never in a comment.
    linterOptions: { noInlineConfig: true },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: root,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      // tsc reports undefined names, and knows the platform of each file.
      'no-undef': 'off',
      // With noUncheckedIndexedAccess a loop over a typed array has no other way that costs nothing.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-console': 'error',
    },
  },

  {
    files: ['src/core/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'Date', message: nondeterministic },
        { name: 'performance', message: nondeterministic },
        { name: 'crypto', message: nondeterministic },
        { name: 'fetch', message: 'core reads only the bytes that it is given' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: nondeterministic },
      ],
    },
  },

  // The platform's declarations follow the platform's own style.
  {
    files: ['src/core/platform.d.ts'],
    rules: {
      'no-var': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-empty-object-type': 'off',
      '@typescript-eslint/no-unsafe-function-type': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },

  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        projectService: true,
        tsconfigRootDir: root,
        extraFileExtensions: ['.svelte'],
      },
    },
  },

  // Programs that talk to a terminal.
  { files: ['.ci/**', 'src/node/**', 'test/bench/**'], rules: { 'no-console': 'off' } },

  // The linter does not see a cast in a comment, which is how plain JavaScript types what JSON holds.
  { files: ['**/*.mjs'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },

  // Playwright reads a fixture's needs from its first parameter, so that is `{}` where it has none.
  {
    files: ['test/e2e/**'],
    rules: { 'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }] },
  },

  // The service worker is served as it is: no types, and the globals of a service worker.
  {
    files: ['public/**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.serviceworker },
    rules: { 'no-undef': 'error' },
  },
);
