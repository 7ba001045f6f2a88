import { appendFileSync } from 'node:fs'
import { startSmtpSink, type SinkStep } from '../smtp-sink.ts'

// An SMTP server in a process of its own, which can be killed, and which kills itself: node crash.sink.ts PORT FILE DELAY [STEP AFTER]
// STEP: `rcpt` (before DATA), `content` (after DATA, before it takes the mail), `accepted` (taken, not answered), `answered` (right after its 250).
const [port, file, delay, dieAt, dieAfter] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')
let count = 0
const sink = await startSmtpSink({
  port: Number(port),
  keep: false,
  // Written before the answer: what stands in the file was accepted.
  onAccept: mail => {
    const own = /^X-Otklik-Message: (\S+)/m.exec(mail.raw)?.[1]
    appendFileSync(file!, `${own} ${mail.to}\n`)
    count++
    if (Number(delay) > 0 && count % 10 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(delay))
    if (dieAt === 'accepted' && count >= Number(dieAfter)) die()
    if (dieAt === 'answered' && count >= Number(dieAfter)) setImmediate(die)
  },
})
if (dieAt === 'rcpt' || dieAt === 'content') {
  const step: SinkStep = dieAt
  sink.answer = at => {
    if (at === step && count >= Number(dieAfter)) die()
    return undefined
  }
}
console.log(`listening ${sink.port}`)
