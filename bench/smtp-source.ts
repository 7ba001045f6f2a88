import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { seconds } from './measure.ts'

/**
 * Mails a second of Postfix's own load generator: the same bytes again and again over as many connections, written in C, with
 * nothing read, rendered, signed or recorded. Null where it is neither installed nor to be had from Debian's archive.
 */
export function smtpSource(port: number, mails: number, connections: number, bytes: number): number | null {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-smtp-source-'))
  try {
    const args = ['-s', String(connections), '-m', String(mails), '-l', String(bytes), '-f', 'news@shop.example', '-t', 'person@example.org', `127.0.0.1:${port}`]
    let command = '/usr/sbin/smtp-source'
    let env: NodeJS.ProcessEnv = process.env
    if (spawnSync(command, ['-h']).error) {
      // Unpacked, not installed: no mail server is to start here.
      execFileSync('apt-get', ['download', '-q', 'postfix'], { cwd: folder, stdio: 'ignore', timeout: 60_000 })
      execFileSync('sh', ['-c', 'dpkg -x postfix_*.deb .'], { cwd: folder, stdio: 'ignore' })
      command = path.join(folder, 'usr/sbin/smtp-source')
      env = { ...env, LD_LIBRARY_PATH: path.join(folder, 'usr/lib/postfix') }
    }
    const began = performance.now()
    execFileSync(command, args, { env, stdio: 'ignore', timeout: 120_000 })
    return mails / seconds(began)
  } catch {
    return null
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
