import { sql } from 'kysely'
import type { Db } from '../base/db.ts'

type Computed = {
  contact_id: number, rfm_recency: number | null, rfm_frequency: number | null, rfm_monetary: number | null, rfm_class: string | null
  alive_probability: number | null, expected_orders: number | null, predicted_value: number | null
}

/** Contacts whose computed features changed in; written with the moment. The caller holds the contacts. */
export async function writeComputedFeatures(tx: Db, changed: Computed[], now: Date): Promise<void> {
  const column = <T>(of: (one: Computed) => T): T[] => changed.map(of)
  await sql`
    update contact_rollups
    set rfm_recency = found.rfm_recency, rfm_frequency = found.rfm_frequency, rfm_monetary = found.rfm_monetary, rfm_class = found.rfm_class,
      alive_probability = found.alive_probability, expected_orders = found.expected_orders, predicted_value = found.predicted_value, features_at = ${now}::timestamptz
    from unnest(
      ${column(one => one.contact_id)}::bigint[], ${column(one => one.rfm_recency)}::smallint[], ${column(one => one.rfm_frequency)}::smallint[], ${column(one => one.rfm_monetary)}::smallint[],
      ${column(one => one.rfm_class)}::text[], ${column(one => one.alive_probability)}::real[], ${column(one => one.expected_orders)}::real[], ${column(one => one.predicted_value)}::bigint[]
    ) as found (contact_id, rfm_recency, rfm_frequency, rfm_monetary, rfm_class, alive_probability, expected_orders, predicted_value)
    where contact_rollups.contact_id = found.contact_id
  `.execute(tx)
}
