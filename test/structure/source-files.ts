import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '../..')

export type SourceFile = { /** from the root, with slashes */ name: string, text: string }

/** The TypeScript files below a folder of ours, without what is built. */
export function sourceFiles(folder: string, isWanted: (name: string) => boolean = () => true): SourceFile[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(name => !name.startsWith('web/dist/') && !name.includes('node_modules/') && isWanted(name))
    .toSorted()
    .map(name => ({ name, text: readFileSync(path.join(root, name), 'utf8') }))
}

export const isTest = (name: string): boolean => /\.test\.tsx?$/.test(name)
