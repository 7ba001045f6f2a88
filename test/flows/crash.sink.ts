import { appendFileSync } from 'node:fs'
import { startSmtpSink } from '../smtp-sink.ts'

// An SMTP server in a process of its own, which can be killed: node crash.sink.ts PORT FILE DELAY
const [port, file, delay] = process.argv.slice(2)
let count = 0
const sink = await startSmtpSink({
  port: Number(port),
  keep: false,
  // Written before the answer: what stands in the file was accepted.
  onAccept: mail => {
    const own = /^X-Otklik-Message: (\S+)/m.exec(mail.raw)?.[1]
    appendFileSync(file!, `${own} ${mail.to}\n`)
    if (Number(delay) > 0 && ++count % 10 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(delay))
  },
})
console.log(`listening ${sink.port}`)
