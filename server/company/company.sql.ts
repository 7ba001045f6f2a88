import type { CompanySettings } from '../../shared/company.ts'
import { rows, sql, type Db } from '../base/db.ts'

/** What stands before the first administrator has said anything. */
export const defaultCompany: CompanySettings = {
  name: 'Otklik', language: 'en', time_zone: 'UTC', currency: 'USD', sender_name: 'Otklik', sender_email: 'hello@example.com',
  reply_to: '', postal_address: '', phone_country: 'US', attribution_window_days: 30,
}

/** The company's settings, defaults where nothing is kept. */
export async function readCompany(db: Db): Promise<CompanySettings> {
  const kept = await rows<{ value: Partial<CompanySettings> }>(db, sql`select value from settings where key = 'company'`)
  return { ...defaultCompany, ...kept[0]?.value }
}

/** Writes the given settings over the kept ones. A second run writes the same. */
export async function writeCompany(db: Db, changes: Partial<CompanySettings>): Promise<void> {
  await sql`
    insert into settings (key, value)
    values ('company', ${JSON.stringify(changes)}::jsonb)
    on conflict (key) do update
    set value = settings.value || excluded.value, updated_at = now()`.execute(db)
}

/** One setting of another kind by its key, or undefined. */
export async function readSetting<T>(db: Db, key: string): Promise<T | undefined> {
  return (await rows<{ value: T }>(db, sql`select value from settings where key = ${key}`))[0]?.value
}

/** A second run writes the same. */
export async function writeSetting(db: Db, key: string, value: unknown): Promise<void> {
  await sql`
    insert into settings (key, value)
    values (${key}, ${JSON.stringify(value)}::jsonb)
    on conflict (key) do update
    set value = excluded.value, updated_at = now()`.execute(db)
}
