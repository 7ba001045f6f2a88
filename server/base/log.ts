import { pino, type Logger as PinoLogger } from 'pino'

export type Logger = PinoLogger

/** JSON lines on standard error; secrets and passwords never reach it. Standard output belongs to answers for people and scripts. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    redact: ['password', '*.password', 'authorization', '*.authorization', 'cookie', '*.cookie', 'req.headers.authorization', 'req.headers.cookie'],
  }, pino.destination({ dest: 2, sync: true }))
}
