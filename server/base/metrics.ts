import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** One registry a process, in the Prometheus text form at /metrics. */
export const metrics = new Registry()
collectDefaultMetrics({ register: metrics, prefix: 'otklik_' })

export const counter = (name: string, help: string, labelNames: string[] = []): Counter => new Counter({ name: `otklik_${name}`, help, labelNames, registers: [metrics] })
export const gauge = (name: string, help: string, labelNames: string[] = []): Gauge => new Gauge({ name: `otklik_${name}`, help, labelNames, registers: [metrics] })
export const histogram = (name: string, help: string, buckets: number[], labelNames: string[] = []): Histogram =>
  new Histogram({ name: `otklik_${name}`, help, buckets, labelNames, registers: [metrics] })
