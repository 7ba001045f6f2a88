import { type Db, rows, sql } from '../base/db.ts'
import type { ProductForMail } from './mail-scope.ts'

type Popular = ProductForMail & { sku: string, category: string }

/** How many of the latest orders say what is popular, so that the cost stays the same however many there are. */
const latestOrders = 50_000
const perCategory = 30
const shownAtMost = 6
/** What is popular does not change by the minute. */
const freshFor = 10 * 60_000
const popularOf = new Map<string, { at: number, products: Popular[] }>()

/** Products by how many different people bought them lately, the most first, some of each category. Read anew every ten minutes by each process. */
async function popularProducts(db: Db): Promise<Popular[]> {
  const [{ name } = { name: '' }] = await rows<{ name: string }>(db, sql`select current_database() as name`)
  const known = popularOf.get(name)
  if (known && Date.now() - known.at < freshFor && known.products.length > 0) return known.products
  const products = await rows<Popular>(db, sql`
    with latest as (
      select o.contact_id, o.id
      from orders o
      where o.status = 'placed'
      order by o.placed_at desc
      limit ${latestOrders}
    ),
    bought as (
      select line.sku, count(distinct line.contact_id) as people
      from latest
      join order_lines line on line.contact_id = latest.contact_id and line.order_id = latest.id
      where line.sku is not null
      group by line.sku
    ),
    ranked as (
      select products.sku, products.name, products.category, products.price, products.currency, bought.people,
        row_number() over (partition by lower(products.category) order by bought.people desc, products.sku) as place
      from bought
      join products on products.sku = bought.sku
    )
    select sku, name, coalesce(category, '') as category, price, currency, 1 as quantity
    from ranked
    where place <= ${perCategory}
    order by people desc, sku
  `)
  popularOf.set(name, { at: Date.now(), products })
  return products
}

/**
 * Contacts in; for each what others bought of the categories of their last order and they themselves never did, the
 * most bought first; what is popular at all where that gives nothing. Two statements for the whole batch. Locks nothing.
 */
export async function recommendProducts(db: Db, contactIds: number[]): Promise<Map<number, ProductForMail[]>> {
  if (contactIds.length === 0) return new Map()
  const popular = await popularProducts(db)
  const own = await rows<{ contact_id: number, categories: string[], skus: string[] }>(db, sql`
    select wanted.contact_id,
      array(
        select distinct lower(coalesce(line.category, product.category))
        from (
          select o.contact_id, o.id
          from orders o
          where o.contact_id = wanted.contact_id
            and o.status = 'placed'
          order by o.placed_at desc, o.id desc
          limit 1
        ) as last
        join order_lines line on line.contact_id = last.contact_id and line.order_id = last.id
        left join products product on product.sku = line.sku
        where coalesce(line.category, product.category) is not null
      ) as categories,
      array(select distinct line.sku from order_lines line where line.contact_id = wanted.contact_id and line.sku is not null) as skus
    from unnest(${[...new Set(contactIds)]}::bigint[]) as wanted (contact_id)`)
  return new Map(own.map(({ contact_id, categories, skus }) => {
    const has = new Set(skus)
    const others = popular.filter(product => !has.has(product.sku))
    const alike = others.filter(product => categories.includes(product.category.toLowerCase()))
    return [contact_id, (alike.length > 0 ? alike : others).slice(0, shownAtMost)]
  }))
}
