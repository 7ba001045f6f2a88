import { parseArgs } from 'node:util'
import { commands } from './command-line/commands.ts'
import { Usage } from './command-line/command.ts'
import { AppError } from './base/errors.ts'
import { SettingsError } from './base/settings.ts'

async function usage(): Promise<string> {
  const lines = await Promise.all(Object.entries(commands).map(async ([name, load]) => {
    const command = await load()
    return `  ${name} ${command.parameters}\n      ${command.summary}`
  }))
  return ['Usage: npm run -s otklik -- COMMAND', ...lines].join('\n')
}

async function main(words: string[]): Promise<number> {
  if (words.length === 0 || ['help', '--help', '-h'].includes(words[0]!)) {
    console.log(await usage())
    return words.length === 0 ? 2 : 0
  }
  // Commands are one word or two: `doctor`, `user create`.
  const name = [words.slice(0, 2).join(' '), words[0]!].find(each => each in commands)
  if (name === undefined) throw new Usage(`There is no command "${words.slice(0, 2).join(' ')}".`)
  const command = await commands[name]!()
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args: words.slice(name.split(' ').length), options: command.options, allowPositionals: command.takesFiles === true })
  } catch (error) {
    throw new Usage((error as Error).message)
  }
  return await command.run(parsed.values as Parameters<typeof command.run>[0], parsed.positionals) ?? 0
}

main(process.argv.slice(2)).then(
  code => { process.exitCode = code },
  async (error: unknown) => {
    if (error instanceof Usage) {
      console.error(`${error.message}\n\n${await usage()}`)
      process.exitCode = 2
      return
    }
    // What a person can mend is one line; anything else is shown whole.
    console.error(error instanceof AppError || error instanceof SettingsError ? error.message : error)
    process.exitCode = 1
  })
