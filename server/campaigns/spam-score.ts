import { spawn } from 'node:child_process'

export type SpamScore = { score: number, threshold: number, rules: { score: number, name: string, words: string }[] }

const timeoutMilliseconds = 40_000
const mostOutput = 200_000
/** The daemon's client answers at once; without a daemon the program itself takes some seconds. */
const programs: [string, string[]][] = [['spamc', ['-R', '-x', '-t', '20']], ['spamassassin', ['-t', '-L']]]

/** What SpamAssassin thinks of a mail; null: it is not installed, or gave no answer. Nothing of the mail leaves the machine. */
export async function spamScore(raw: Buffer): Promise<SpamScore | null> {
  for (const [program, parameters] of programs) {
    const score = readReport(await run(program, parameters, raw))
    if (score) return score
  }
  return null
}

function run(program: string, parameters: string[], input: Buffer): Promise<string> {
  return new Promise(resolve => {
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'ignore'], timeout: timeoutMilliseconds })
    let output = ''
    child.on('error', () => resolve(''))
    child.on('close', () => resolve(output))
    child.stdout.on('data', (chunk: Buffer) => { if (output.length < mostOutput) output += chunk.toString('utf8') })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** The report of `spamc -R` and of `spamassassin -t`: a line "Content analysis details: (2.1 points, 5.0 required)", then one rule a line. */
export function readReport(output: string): SpamScore | null {
  const [, score, threshold] = /Content analysis details:\s+\(\s*(-?[\d.]+) points,\s+([\d.]+) required\)/.exec(output) ?? []
  if (score === undefined || threshold === undefined) return null
  const rules = [...output.matchAll(/^\s*(-?\d+\.\d+) ([A-Z][A-Z0-9_]+)\s+(.*(?:\n\s{20,}\S.*)*)/gm)].map(match => ({ score: Number(match[1]), name: match[2]!, words: match[3]!.replace(/\s+/g, ' ').trim() }))
  return { score: Number(score), threshold: Number(threshold), rules: rules.filter(rule => rule.score !== 0).slice(0, 30) }
}
