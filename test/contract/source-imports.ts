/** Reads the imports of the project's source files, for the contract that says who may import whom. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

/** One import, export-from, `import()` or `new URL('…', import.meta.url)`. */
export interface SourceImport {
  /** The importing file, relative to the project's root, with forward slashes. */
  readonly from: string;
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** The imported file relative to the root, or undefined for a package. */
  readonly to: string | undefined;
  /** Erased when compiled: nothing is loaded. */
  readonly typeOnly: boolean;
  /** The address of a worker or a data file, not a module that is loaded here. */
  readonly address: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every import in the code below a folder of the project, e.g. `importsBelow('src')`. */
export function importsBelow(folder: string): SourceImport[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs|js|svelte)$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path).split(sep).join('/'))
    .sort()
    .flatMap((path) => importsIn(path, readFileSync(join(root, path), 'utf8')));
}

/** The imports of one file, given its text. A component's scripts are read, its markup is not. */
export function importsIn(path: string, text: string): SourceImport[] {
  const code = path.endsWith('.svelte') ? scriptsOnly(text) : text;
  const file = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const found: SourceImport[] = [];
  const visit = (node: ts.Node): void => {
    const edge = edgeOf(node);
    if (edge) {
      const { specifier, ...kind } = edge;
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push({ from: path, line: line + 1, specifier, to: resolve(path, specifier), ...kind });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

type Edge = Pick<SourceImport, 'specifier' | 'typeOnly' | 'address'>;

function edgeOf(node: ts.Node): Edge | undefined {
  if (ts.isImportDeclaration(node)) {
    return edge(node.moduleSpecifier, onlyTypes(node.importClause));
  }
  if (ts.isExportDeclaration(node)) return edge(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return edge(node.argument.literal, true);
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return edge(node.arguments[0], false);
  }
  const isAddress =
    ts.isNewExpression(node) &&
    node.expression.getText() === 'URL' &&
    node.arguments?.[1]?.getText() === 'import.meta.url';
  return isAddress ? edge(node.arguments[0], false, true) : undefined;
}

function edge(specifier: ts.Node | undefined, typeOnly: boolean, address = false) {
  if (!specifier || !ts.isStringLiteralLike(specifier)) return undefined;
  return { specifier: specifier.text, typeOnly, address };
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    !clause.name &&
    !!named &&
    ts.isNamedImports(named) &&
    named.elements.every((one) => one.isTypeOnly)
  );
}

/** The text with everything outside its script elements blanked, so that line numbers stay. */
function scriptsOnly(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  let code = '';
  let end = 0;
  for (const match of text.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/g)) {
    const start = match.index + (match[1] ?? '').length;
    code += blank(text.slice(end, start)) + (match[2] ?? '');
    end = start + (match[2] ?? '').length;
  }
  return code;
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = relative(root, join(root, dirname(from), specifier.replace(/\?.*$/, '')));
  return target.split(sep).join('/');
}
