// Everything that must hold: linter, types, tests. The last line alone says how many passed and failed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const bin = name => path.join(root, 'node_modules', name)
const cache = path.join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const report = path.join(cache, 'vitest.json')
rmSync(report, { force: true })

let passed = 0
let failed = 0
const step = (name, script, parameters) => {
  const began = Date.now()
  console.log(`── ${name}`)
  const { status } = spawnSync(process.execPath, [bin(script), ...parameters], { cwd: root, stdio: 'inherit' })
  console.log(`── ${name}: ${status === 0 ? 'passed' : 'failed'} in ${Math.round((Date.now() - began) / 1000)} s`)
  return status === 0
}
const count = holds => { if (holds) passed++; else failed++ }

count(step('linter', 'oxlint/bin/oxlint', ['--type-aware', '--quiet', 'server', 'shared', 'web', 'test', 'bench', 'bin']))
count(step('types of the server', 'typescript/bin/tsc', ['-p', '.']))
count(step('types of the web part', 'typescript/bin/tsc', ['-p', 'web']))
const all = step('tests', 'vitest/vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  passed += numPassedTests
  failed += numFailedTests
  // A file that fails before its first test, or a run that fails outside of tests, counts too.
  const broken = testResults.filter(file => file.status === 'failed' && file.assertionResults.every(test => test.status !== 'failed')).length
  failed += broken
  if (!all && numFailedTests + broken === 0) failed++
} else {
  failed++
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
