import { useFormat } from './format.ts'

/** An amount in major units, in the company's currency unless another is given. */
export function Money({ amount, currency }: { amount: number, currency?: string | null }) {
  return <span style={{ whiteSpace: 'nowrap' }}>{useFormat().money(amount, currency ?? undefined)}</span>
}
