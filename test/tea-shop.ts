import type { TestApp } from './database.ts'

/** The administrator of the tea shop. */
export const me = { email: 'anna@example.com', password: 'correct horse battery' }

/** A company in English, set up as somebody does on the first start. */
export async function setUpTeaShop(app: TestApp): Promise<void> {
  const made = await (await app.as(null)).post('/api/v1/setup', {
    ...me, language: 'en', company_name: 'Tea shop', time_zone: 'Europe/Moscow', currency: 'EUR', sender_name: 'Tea shop', sender_email: 'shop@example.com', name: 'Anna',
  })
  if (made.status >= 300) throw new Error(`the shop could not be set up: ${made.status}`)
}
