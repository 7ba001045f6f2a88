import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root, sourceFiles } from './source-files.ts'

test('no file names a path of somebody\'s machine', () => {
  const machinePath = /['"`\s(](?:\/(?:work|home|Users|root)\/[\w.-]+|[A-Z]:\\\\[\w.-]+)/
  const wrong = ['server', 'shared', 'web', 'test', 'bench', 'bin'].flatMap(folder => sourceFiles(folder)).filter(({ text }) => machinePath.test(text)).map(({ name }) => name)
  expect(wrong).toEqual([])
})

test('every package in package.json is used, every used one is there', () => {
  const { stdout, status, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/knip/bin/knip.js'), '--dependencies', '--no-progress', '--no-config-hints'], { cwd: root, encoding: 'utf8' })
  expect(`${stdout}${stderr}`.trim()).toBe('')
  expect(status).toBe(0)
})
