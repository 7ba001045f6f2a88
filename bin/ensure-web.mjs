// Builds the web part when it is absent or older than its sources.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const built = path.join(root, 'web/dist/index.html')
const newest = folder => readdirSync(folder, { withFileTypes: true, recursive: true })
  .filter(entry => entry.isFile() && !entry.parentPath.startsWith(path.join(root, 'web/dist')) && !/\.test\.tsx?$/.test(entry.name))
  .reduce((latest, entry) => Math.max(latest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs), 0)

const sources = Math.max(newest(path.join(root, 'web')), newest(path.join(root, 'shared')), statSync(path.join(root, 'package-lock.json')).mtimeMs)
if (!existsSync(built) || statSync(built).mtimeMs < sources) {
  console.error('Building the web part …')
  execFileSync(process.execPath, [path.join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 2, 2] })
}
