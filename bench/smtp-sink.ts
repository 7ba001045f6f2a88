import { startSmtpSink } from '../test/smtp-sink.ts'

// A mail server that takes everything and keeps nothing, as a process of its own: node bench/smtp-sink.ts
const sink = await startSmtpSink({ keep: false })
console.log(sink.port)
