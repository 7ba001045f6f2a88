import type { CompanyTarget, ConsentTarget, ContactTarget, DealTarget, EventTarget, OrderTarget } from '../../shared/imports.ts'

const lastChange = ['last modified', 'last modified date', 'modified', 'modified at', 'updated', 'updated at', 'update time', 'last update', 'last changed', 'дата изменения', 'изменен', 'изменён', 'изменена', 'обновлено', 'дата обновления', 'дата последнего изменения']

/** Names of columns in files people bring, in small letters without marks between the words. */
const contactNames: [ContactTarget | '', string[]][] = [
  ['email', ['email', 'e mail', 'mail', 'email address', 'e mail address', 'emailaddress', 'work email', 'primary email', 'электронная почта', 'эл почта', 'почта', 'имейл', 'емейл', 'адрес электронной почты', 'рабочий email', 'рабочий e mail', 'личный email', 'почтовый адрес email', 'subscriber', 'user email', 'customer email']],
  ['phone', ['phone', 'phone number', 'phonenumber', 'telephone', 'tel', 'mobile', 'mobile phone', 'cell', 'work phone', 'телефон', 'тел', 'мобильный', 'мобильный телефон', 'номер телефона', 'рабочий телефон', 'контактный телефон', 'сотовый', 'telefon', 'handy', 'customer phone']],
  ['external_id', ['id', 'external id', 'externalid', 'customer id', 'customerid', 'client id', 'user id', 'userid', 'contact id', 'subscriber id', 'uuid', 'код', 'код клиента', 'ид', 'id клиента', 'внешний id', 'внешний код', 'номер клиента', 'card number', 'номер карты', 'лид id', 'id контакта']],
  ['first_name', ['first name', 'firstname', 'fname', 'given name', 'name first', 'имя', 'vorname', 'prénom']],
  ['last_name', ['last name', 'lastname', 'lname', 'surname', 'family name', 'фамилия', 'nachname', 'nom']],
  ['full_name', ['name', 'full name', 'fullname', 'contact name', 'customer name', 'display name', 'фио', 'ф и о', 'имя и фамилия', 'полное имя', 'наименование', 'контакт', 'клиент', 'покупатель']],
  ['company', ['company', 'company name', 'organization', 'organisation', 'account name', 'employer', 'компания', 'организация', 'название компании', 'фирма', 'место работы', 'firma']],
  ['job_title', ['job title', 'position', 'title', 'job', 'должность', 'role', 'beruf', 'poste']],
  ['city', ['city', 'town', 'город', 'населенный пункт', 'населённый пункт', 'ort', 'stadt', 'ville']],
  ['locale', ['locale', 'language', 'lang', 'язык', 'sprache']],
  ['time_zone', ['time zone', 'timezone', 'tz', 'часовой пояс']],
  ['source', ['source', 'lead source', 'utm source', 'источник', 'источник лида', 'канал', 'откуда']],
  ['tags', ['tags', 'tag', 'labels', 'groups', 'теги', 'тег', 'метки', 'группы', 'список']],
  ['subscription', ['subscription', 'status', 'subscription status', 'email status', 'subscribed', 'opt in', 'optin', 'consent', 'marketing consent', 'accepts marketing', 'подписка', 'статус', 'статус подписки', 'подписан', 'согласие', 'согласие на рассылку']],
  ['changed_at', lastChange],
  ['', ['nr', 'no', '№', '#', 'n', 'п п', '№ п п', 'row', 'строка', 'number', 'номер']],
]
const orderNames: [OrderTarget, string[]][] = [
  ['order_id', ['order id', 'orderid', 'order number', 'order', 'order no', 'invoice', 'invoice no', 'invoice number', 'transaction id', 'transaction', 'номер заказа', 'заказ', 'id заказа', 'номер чека', 'чек', 'код заказа']],
  ['ordered_at', ['date', 'order date', 'orderdate', 'created at', 'purchase date', 'purchased at', 'placed at', 'ordered at', 'invoice date', 'transaction date', 'datetime', 'time', 'timestamp', 'дата', 'дата заказа', 'дата покупки', 'дата создания', 'дата и время', 'datum']],
  ['amount', ['amount', 'total', 'order total', 'sum', 'revenue', 'total price', 'order amount', 'grand total', 'subtotal', 'value', 'paid', 'сумма', 'итого', 'сумма заказа', 'стоимость', 'стоимость заказа', 'всего', 'оплачено', 'выручка', 'betrag', 'line total', 'сумма позиции']],
  ['currency', ['currency', 'currency code', 'валюта', 'währung']],
  ['coupon', ['coupon', 'coupon code', 'promo code', 'promocode', 'discount code', 'voucher', 'купон', 'промокод', 'код купона']],
  ['sku', ['sku', 'article', 'product id', 'item id', 'stock code', 'stockcode', 'product sku', 'артикул', 'код товара', 'id товара']],
  ['product', ['product', 'product name', 'item', 'item name', 'title', 'description', 'товар', 'название товара', 'наименование товара', 'номенклатура', 'продукт']],
  ['category', ['category', 'product category', 'категория', 'категория товара', 'раздел']],
  ['quantity', ['quantity', 'qty', 'count', 'units', 'pieces', 'количество', 'кол во', 'колво', 'шт']],
  ['price', ['price', 'unit price', 'item price', 'цена', 'цена за единицу', 'цена товара']],
]

const consentNames: [ConsentTarget, string[]][] = [
  ['topic', ['topic', 'list', 'list name', 'purpose', 'subscription type', 'newsletter', 'тема', 'рассылка', 'список', 'цель', 'цель обработки']],
  ['action', ['action', 'consent', 'status', 'consent status', 'opt in', 'subscribed', 'согласие', 'статус', 'действие', 'подписка']],
  ['consented_at', ['consent date', 'consent time', 'consented at', 'opt in date', 'opt in time', 'optin time', 'confirm time', 'date', 'timestamp', 'дата согласия', 'время согласия', 'дата подписки', 'дата', 'дата и время']],
  ['wording', ['wording', 'consent text', 'text', 'legal text', 'consent wording', 'текст согласия', 'формулировка', 'текст']],
  ['origin', ['origin', 'consent source', 'source', 'form', 'page', 'url', 'источник', 'источник согласия', 'форма', 'страница', 'где получено']],
  ['ip_address', ['ip', 'ip address', 'optin ip', 'opt in ip', 'confirm ip', 'ip адрес']],
]
const companyNames: [CompanyTarget, string[]][] = [
  ['name', ['company name', 'company', 'account', 'account name', 'organization', 'organisation', 'organization name', 'name', 'компания', 'название компании', 'организация', 'наименование', 'название', 'имя компании']],
  ['domain', ['domain', 'company domain name', 'company domain', 'website', 'website url', 'web site', 'site', 'url', 'домен', 'сайт', 'веб сайт', 'web']],
  ['phone', ['phone', 'phone number', 'company phone', 'telephone', 'телефон', 'рабочий телефон', 'телефон компании']],
  ['address', ['address', 'street address', 'company address', 'office location', 'адрес', 'адрес компании', 'юридический адрес', 'фактический адрес']],
  ['changed_at', lastChange],
  ['owner', ['owner', 'company owner', 'account owner', 'manager', 'assigned to', 'ответственный', 'менеджер', 'владелец']],
]
const dealNames: [DealTarget, string[]][] = [
  ['deal_id', ['deal id', 'opportunity id', 'record id', 'id', 'deal number', 'id сделки', 'номер сделки', 'ид']],
  ['title', ['deal name', 'deal title', 'opportunity name', 'opportunity', 'deal', 'title', 'name', 'название сделки', 'сделка', 'название']],
  ['email', ['contact email', 'person email', 'основной контакт email', 'email контакта']],
  ['phone', ['contact phone', 'person phone', 'телефон контакта']],
  ['external_id', ['contact id', 'person id', 'id контакта', 'номер клиента']],
  ['full_name', ['contact', 'contact name', 'contact person', 'person', 'associated contact', 'контакт', 'основной контакт', 'контактное лицо', 'имя клиента', 'клиент']],
  ['company', ['company', 'company name', 'account', 'account name', 'organization', 'associated company', 'компания', 'компания контакта', 'организация']],
  ['company_domain', ['company domain', 'company domain name', 'домен компании', 'сайт компании']],
  ['pipeline', ['pipeline', 'deal pipeline', 'воронка', 'воронка продаж', 'направление']],
  ['stage', ['deal stage', 'stage', 'sales stage', 'этап', 'этап сделки', 'стадия', 'стадия сделки']],
  ['state', ['deal status', 'state', 'status', 'статус', 'статус сделки', 'состояние']],
  ['amount', ['amount', 'deal value', 'deal amount', 'value', 'close value', 'budget', 'sum', 'opportunity amount', 'сумма', 'сумма сделки', 'бюджет', 'бюджет сделки']],
  ['currency', ['currency', 'currency code', 'валюта']],
  ['changed_at', lastChange],
  ['owner', ['deal owner', 'owner', 'sales agent', 'sales rep', 'account owner', 'assigned to', 'responsible', 'ответственный', 'менеджер', 'владелец']],
  ['created_at', ['create date', 'created', 'created at', 'deal created', 'add time', 'open date', 'engage date', 'дата создания', 'дата создания сделки', 'создана']],
  ['stage_since', ['last stage change', 'stage change date', 'дата смены этапа']],
  ['closed_at', ['close date', 'closed at', 'close time', 'won time', 'closed date', 'дата закрытия', 'закрыта']],
  ['expected_on', ['expected close date', 'expected close', 'expected closing date', 'ожидаемая дата закрытия', 'предполагаемая дата закрытия', 'планируемая дата закрытия']],
  ['lost_reason', ['lost reason', 'loss reason', 'closed lost reason', 'причина отказа', 'причина проигрыша']],
  ['product', ['product', 'product name', 'products', 'товар', 'продукт', 'товары']],
  ['quantity', ['quantity', 'qty', 'количество', 'кол во']],
  ['price', ['price', 'unit price', 'цена']],
]
const eventNames: [EventTarget, string[]][] = [
  ['event_type', ['event', 'event type', 'event name', 'action', 'тип события', 'событие', 'действие']],
  ['occurred_at', ['occurred at', 'event time', 'event date', 'timestamp', 'time', 'date', 'datetime', 'created at', 'дата', 'время', 'дата и время', 'дата события', 'время события']],
  ['properties', ['properties', 'payload', 'event properties', 'data', 'свойства', 'данные']],
]
export const reasonNames = ['reason', 'status', 'type', 'причина', 'статус']

export const contactByName = byName(contactNames)
export const consentByName = byName(consentNames)
export const orderByName = byName(orderNames)
export const companyByName = byName(companyNames)
export const dealByName = byName(dealNames)
export const eventByName = byName(eventNames)
function byName<T extends string>(names: [T, string[]][]): Map<string, T> {
  return new Map(names.flatMap(([target, words]) => words.map(word => [word, target] as const)))
}
