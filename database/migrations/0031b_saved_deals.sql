-- A deal may be with an organisation; the outer number of a deal finds it again whatever card it stands on.
alter table deals add column company_id bigint references companies (id);
create index deals_company on deals (company_id, id) where company_id is not null;
create index deals_source_key on deals (source_key) where source_key is not null;
create index deals_pipeline_closed on deals (pipeline_id, closed_at) where closed_at is not null;

-- What a deal is about. Prices and discounts in minor units of the deal's currency. No foreign key to the deal: a merge of contacts moves both in its own order.
create table deal_lines (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  deal_id bigint not null,
  position integer not null,
  product_id bigint references products (id),
  name text not null,
  quantity numeric(12, 3) not null check (quantity > 0),
  price bigint not null check (price >= 0),
  discount_percent numeric(5, 2) check (discount_percent between 0 and 100),
  discount bigint check (discount >= 0),
  primary key (contact_id, id),
  check (discount_percent is null or discount is null)
);
create index deal_lines_of_deal on deal_lines (contact_id, deal_id, position);
create index deal_lines_of_product on deal_lines (product_id, contact_id, deal_id) where product_id is not null;

-- Products are found by code or name in whichever case.
create index products_lower on products (lower(sku));
create index products_lower_name on products (lower(name));
