/** The one way to the server: JSON in, JSON out, problems as ApiError. */

export type FieldError = { field: string, message: string }

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly errors: FieldError[]
  constructor(status: number, code: string, message: string, errors: FieldError[]) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }
}

/** Called once an answer says that the session is over; the session module sets it. */
let whenSignedOut: () => void = () => {}
export function onSignedOut(fn: () => void): void {
  whenSignedOut = fn
}

type Options = { signal?: AbortSignal | undefined, headers?: Record<string, string> }

async function call<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
  const isForm = body instanceof FormData
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers }
  if (body !== undefined && !isForm) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(withPrefix(path), {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.signal ? { signal: options.signal } : {}),
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.', [])
  }
  const text = await response.text()
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T
  const problem = parseProblem(text)
  if (response.status === 401 && !path.startsWith('/session')) whenSignedOut()
  throw new ApiError(response.status, problem.code ?? `http_${response.status}`, problem.detail ?? problem.title ?? response.statusText, problem.errors ?? [])
}

function parseProblem(text: string): { code?: string, detail?: string, title?: string, errors?: FieldError[] } {
  try {
    return JSON.parse(text) as { code?: string, detail?: string, title?: string, errors?: FieldError[] }
  } catch {
    return {}
  }
}

const withPrefix = (path: string) => path.startsWith('/api/') ? path : `/api/v1${path}`

/** Paths are given without `/api/v1`: `api.get<Card>('/contacts/12')`. */
export const api = {
  get: <T>(path: string, options?: Options) => call<T>('GET', path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: Options) => call<T>('POST', path, body, options),
  put: <T>(path: string, body?: unknown, options?: Options) => call<T>('PUT', path, body, options),
  patch: <T>(path: string, body?: unknown, options?: Options) => call<T>('PATCH', path, body, options),
  delete: <T>(path: string, body?: unknown, options?: Options) => call<T>('DELETE', path, body, options),
}

/** '/contacts' + {search: 'anna', cursor: undefined} → '/contacts?search=anna' */
export function withQuery(path: string, query: Record<string, string | number | boolean | null | undefined>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value))
  }
  const text = params.toString()
  if (text === '') return path
  return `${path}${path.includes('?') ? '&' : '?'}${text}`
}

/** Where a browser goes by itself (downloads, links): the whole path. */
export const apiUrl = (path: string, query: Record<string, string | number | boolean | null | undefined> = {}): string => withQuery(withPrefix(path), query)

export type Page<T> = { data: T[], next_cursor: string | null }
