import { signCall } from './sign-call.ts'

/** How long a call may take, and how much of its answer is read. */
export const callLimits = { timeoutMilliseconds: 10_000, mostBytes: 256 * 1024 }

/** What every call carries beside its body; the signature as Standard Webhooks says. */
export const callHeaders = (call: Parameters<typeof signCall>[0]): Record<string, string> => ({
  'content-type': 'application/json', 'user-agent': 'Otklik-Webhooks/1', accept: 'application/json', ...signCall(call),
})
