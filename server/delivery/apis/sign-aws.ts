import { createHash, createHmac } from 'node:crypto'

export type AwsAccess = { accessKeyId: string, secretAccessKey: string, region: string, service: string }

const hash = (data: string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** Headers of a POST without a query, signed by AWS Signature Version 4. `path` as it is in the URL. */
export function signAws(access: AwsAccess, host: string, path: string, body: string, now: Date): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const signed = { 'content-type': 'application/json', host, 'x-amz-content-sha256': hash(body), 'x-amz-date': time }
  const names = Object.keys(signed).toSorted().join(';')
  const headers = Object.entries(signed).toSorted(([one], [other]) => one < other ? -1 : 1).map(([name, value]) => `${name}:${value}\n`).join('')
  // Each part of the path is encoded once more than it stands in the URL.
  const canonicalPath = path.split('/').map(part => encodeURIComponent(part)).join('/')
  const request = ['POST', canonicalPath, '', headers, names, hash(body)].join('\n')
  const scope = `${day}/${access.region}/${access.service}/aws4_request`
  const key = hmac(hmac(hmac(hmac(`AWS4${access.secretAccessKey}`, day), access.region), access.service), 'aws4_request')
  const signature = createHmac('sha256', key).update(['AWS4-HMAC-SHA256', time, scope, hash(request)].join('\n')).digest('hex')
  return { ...signed, authorization: `AWS4-HMAC-SHA256 Credential=${access.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}` }
}
