import type { MailBlock, MailDocument, MailLocale } from '../../../shared/templates.ts'
import { button, divider, heading, mailDocumentOf, products, spacer, text, variant } from '../../templates/block-builders.ts'
import { readyMadeTemplates } from '../../templates/ready-made-templates.ts'

/** The mails the ready-made journeys bring along, in both languages; `site` is where buttons lead until the author changes it. */
export type MailKey =
  | 'welcome' | 'welcome_reminder' | 'welcome_popular' | 'cart' | 'cart_last' | 'reactivation' | 'thanks' | 'goes_well' | 'next_order'
  | 'birthday' | 'nurture' | 'nurture_question' | 'review' | 'still_want' | 'last_letter'
type Mail = { name: Record<MailLocale, string>, kind: 'marketing' | 'transactional', document: (site: string) => MailDocument }

const hello = {
  ru: '{% if contact.first_name != blank %}{{ contact.first_name }}, здравствуйте!{% else %}Здравствуйте!{% endif %}',
  en: 'Hello{% if contact.first_name != blank %}, {{ contact.first_name }}{% endif %}!',
}
const goodbye = {
  ru: text('<p>{{ company.name }}<br>Есть вопрос? Просто ответьте на это письмо.</p>'),
  en: text('<p>{{ company.name }}<br>Any question? Just reply to this mail.</p>'),
}

function written(name: Record<MailLocale, string>, kind: Mail['kind'], ru: (site: string) => [string, string, MailBlock[]], en: (site: string) => [string, string, MailBlock[]]): Mail {
  const mail = (locale: MailLocale, [subject, preheader, blocks]: [string, string, MailBlock[]]) => variant(subject, preheader, [...blocks, divider(), goodbye[locale]])
  return { name, kind, document: site => mailDocumentOf({ ru: mail('ru', ru(site)), en: mail('en', en(site)) }) }
}

function known(key: 'welcome' | 'welcome_reminder' | 'reactivation' | 'thanks'): Mail {
  const { name, document } = readyMadeTemplates.find(template => template.key === key)!
  return { name, document, kind: key === 'thanks' ? 'transactional' : 'marketing' }
}

const recommended = (site: string, label: string) => products({ recommended: true }, { button_label: label, url_pattern: `${site}/p/{{ product.sku }}` })
/** A coupon where the person has one open, nothing where not. */
const coupon = (words: string) => text(`{% if coupon.code %}<p style="font-size: 13px; color: #5d6461">${words}</p><p style="font-size: 28px; font-weight: 700">{{ coupon.code }}</p>{% endif %}`, { align: 'center' })

export const readyMadeMails: Record<MailKey, Mail> = {
  welcome: known('welcome'),
  welcome_reminder: known('welcome_reminder'),
  welcome_popular: written({ ru: 'Знакомство: что выбирают', en: 'Welcome: what people choose' }, 'marketing',
    site => ['{{ contact.first_name | default: "Здравствуйте" }}, вот что у нас берут чаще', 'Несколько вещей, с которых начинают другие', [
      heading('Что выбирают чаще всего'),
      text('<p>Собрали то, что за последнее время покупали больше всего. Если что-то приглянулось, откройте и посмотрите спокойно.</p>'),
      recommended(site, 'Посмотреть'), spacer(8),
      text('<p>Не нашли своё? Напишите, что ищете, и мы подскажем.</p>'),
    ]],
    site => ['{{ contact.first_name | default: "Hello" }}, this is what people choose most', 'A few things others begin with', [
      heading('What people choose most'),
      text('<p>Here is what has been bought most lately. If something catches your eye, open it and have a calm look.</p>'),
      recommended(site, 'Have a look'), spacer(8),
      text('<p>Nothing for you? Tell us what you are looking for and we will suggest something.</p>'),
    ]]),
  cart: written({ ru: 'Корзина: напоминание', en: 'Cart: a reminder' }, 'marketing',
    site => ['Вы оставили кое-что в корзине', 'Мы сохранили её для вас', [
      heading(hello.ru),
      text('<p>Вы выбрали товары, но не оформили заказ. Корзина на месте: можно вернуться и закончить за минуту.</p>'),
      button('Вернуться в корзину', `${site}/cart`),
      text('<p>Что-то помешало? Ответьте на письмо, поможем с размером, доставкой или оплатой.</p>'),
    ]],
    site => ['You left something in your cart', 'We kept it for you', [
      heading(hello.en),
      text('<p>You chose some things but did not place the order. Your cart is as you left it; it takes a minute to finish.</p>'),
      button('Back to the cart', `${site}/cart`),
      text('<p>Did something get in the way? Reply and we will help with size, delivery or payment.</p>'),
    ]]),
  cart_last: written({ ru: 'Корзина: последнее напоминание', en: 'Cart: the last reminder' }, 'marketing',
    site => ['Корзина ещё ждёт вас', 'Больше напоминать не будем', [
      heading('Ещё думаете?'),
      text('<p>Товары в корзине пока есть в наличии. Это последнее напоминание: больше о ней писать не будем.</p>'),
      button('Открыть корзину', `${site}/cart`),
      text('<p>А вот что ещё берут в тех же разделах:</p>'),
      recommended(site, 'Посмотреть'),
    ]],
    site => ['Your cart is still waiting', 'This is the last reminder', [
      heading('Still thinking?'),
      text('<p>What you put into the cart is still in stock. This is the last time we write about it.</p>'),
      button('Open the cart', `${site}/cart`),
      text('<p>And this is what others take from the same shelves:</p>'),
      recommended(site, 'Have a look'),
    ]]),
  reactivation: known('reactivation'),
  thanks: known('thanks'),
  goes_well: written({ ru: 'После покупки: что подойдёт', en: 'After an order: what goes well with it' }, 'marketing',
    site => ['К вашей покупке: что берут вместе', 'Подобрали в тех же разделах', [
      heading('Подойдёт к вашей покупке'),
      text('<p>{{ contact.first_name | default: "Здравствуйте" }}, надеемся, всё пришлось кстати. Вот что другие выбирают в тех же разделах:</p>'),
      recommended(site, 'Посмотреть'),
    ]],
    site => ['What others take with it', 'Chosen from the same shelves', [
      heading('Goes well with your order'),
      text('<p>{{ contact.first_name | default: "Hello" }}, we hope all is well with your order. This is what others choose from the same shelves:</p>'),
      recommended(site, 'Have a look'),
    ]]),
  next_order: written({ ru: 'После покупки: через месяц', en: 'After an order: a month later' }, 'marketing',
    site => ['{{ contact.first_name | default: "Здравствуйте" }}, не пора ли пополнить запасы?', 'Прошёл месяц с вашего заказа', [
      heading('Прошёл месяц'),
      text('<p>В прошлый раз вы заказали:</p>'),
      products({ last_order: true }, { button_label: 'Повторить', url_pattern: `${site}/p/{{ product.sku }}` }),
      text('<p>А это стали чаще брать с тех пор:</p>'),
      recommended(site, 'Посмотреть'),
    ]],
    site => ['{{ contact.first_name | default: "Hello" }}, time to stock up?', 'A month has passed since your order', [
      heading('A month later'),
      text('<p>Last time you ordered:</p>'),
      products({ last_order: true }, { button_label: 'Order again', url_pattern: `${site}/p/{{ product.sku }}` }),
      text('<p>And this is what people have come to like since:</p>'),
      recommended(site, 'Have a look'),
    ]]),
  birthday: written({ ru: 'С днём рождения', en: 'Happy birthday' }, 'marketing',
    site => ['{{ contact.first_name | default: "Здравствуйте" }}, с днём рождения!', 'Для вас небольшой подарок', [
      heading('С днём рождения!'),
      text('<p>{{ contact.first_name | default: "Здравствуйте" }}, поздравляем и желаем хорошего года. От нас небольшой подарок.</p>'),
      coupon('Ваш личный код{% if coupon.valid_until %}, действует до {{ coupon.valid_until | date: "%d.%m.%Y" }}{% endif %}'),
      button('Выбрать подарок себе', site, { align: 'center' }),
    ]],
    site => ['Happy birthday{% if contact.first_name != blank %}, {{ contact.first_name }}{% endif %}!', 'A small present for you', [
      heading('Happy birthday!'),
      text('<p>{{ contact.first_name | default: "Hello" }}, all the best for the year to come. Here is a small present from us.</p>'),
      coupon('Your own code{% if coupon.valid_until %}, good until {{ coupon.valid_until | date: "%d %B %Y" }}{% endif %}'),
      button('Choose something for yourself', site, { align: 'center' }),
    ]]),
  nurture: written({ ru: 'Заявка: чем мы полезны', en: 'Enquiry: how we can help' }, 'marketing',
    site => ['Спасибо за интерес: с чего начать', 'Коротко о том, как мы работаем', [
      heading(hello.ru),
      text('<p>Спасибо, что обратились к нам. Коротко о том, как проходит работа и сколько времени занимает:</p><ul><li>уточняем задачу и сроки;</li><li>предлагаем решение и цену;</li><li>начинаем, когда всё согласовано.</li></ul>'),
      button('Посмотреть примеры работ', `${site}/cases`),
      text('<p>Откройте примеры, и мы поймём, что вам ближе: менеджер свяжется и ответит на вопросы.</p>'),
    ]],
    site => ['Thank you for your interest: where to begin', 'How we work, in short', [
      heading(hello.en),
      text('<p>Thank you for coming to us. This is how it goes and how long it takes:</p><ul><li>we ask about the task and the dates;</li><li>we propose a solution and a price;</li><li>we begin once all is agreed.</li></ul>'),
      button('See what we have done', `${site}/cases`),
      text('<p>Open an example and we will see what suits you: somebody will call and answer your questions.</p>'),
    ]]),
  nurture_question: written({ ru: 'Заявка: остались вопросы?', en: 'Enquiry: any questions?' }, 'marketing',
    site => ['{{ contact.first_name | default: "Здравствуйте" }}, остались вопросы?', 'Ответим и посчитаем, ни к чему не обязывая', [
      heading('Остались вопросы?'),
      text('<p>Можно ответить на это письмо парой слов: что нужно и к какому сроку. Мы ответим и посчитаем, это ни к чему не обязывает.</p>'),
      button('Выбрать время для звонка', `${site}/call`),
    ]],
    site => ['{{ contact.first_name | default: "Hello" }}, any questions?', 'We answer and estimate, with no obligation', [
      heading('Any questions?'),
      text('<p>A few words in reply are enough: what you need and by when. We answer and estimate, and it commits you to nothing.</p>'),
      button('Choose a time for a call', `${site}/call`),
    ]]),
  review: written({ ru: 'Просьба об отзыве', en: 'Asking for a review' }, 'marketing',
    site => ['Как вам покупка?', 'Пара слов поможет другим выбрать', [
      heading('Как вам покупка?'),
      text('<p>{{ contact.first_name | default: "Здравствуйте" }}, прошло две недели. Расскажите, как вам:</p>'),
      products({ last_order: true }, { button_label: 'Написать отзыв', url_pattern: `${site}/p/{{ product.sku }}#reviews`, show_price: false }),
      text('<p>Что-то не так? Сначала ответьте нам на это письмо: постараемся исправить.</p>'),
    ]],
    site => ['How do you like it?', 'A few words help others choose', [
      heading('How do you like it?'),
      text('<p>{{ contact.first_name | default: "Hello" }}, two weeks have passed. Tell others how you like:</p>'),
      products({ last_order: true }, { button_label: 'Write a review', url_pattern: `${site}/p/{{ product.sku }}#reviews`, show_price: false }),
      text('<p>Is something wrong? Reply to this mail first and we will try to put it right.</p>'),
    ]]),
  still_want: written({ ru: 'Писать ли дальше?', en: 'Shall we go on writing?' }, 'marketing',
    site => ['Нам писать вам дальше?', 'Один клик, и всё останется как есть', [
      heading(hello.ru),
      text('<p>Вы давно не открывали наши письма. Если они ещё нужны, нажмите кнопку, и всё останется как есть.</p>'),
      button('Да, пишите дальше', site),
      text('<p>Если нет, ничего делать не нужно: мы напишем ещё один раз и перестанем.</p>'),
    ]],
    site => ['Shall we go on writing to you?', 'One click and all stays as it is', [
      heading(hello.en),
      text('<p>You have not opened our mails for a long time. If you still want them, press the button and all stays as it is.</p>'),
      button('Yes, go on', site),
      text('<p>If not, there is nothing to do: we write once more and then stop.</p>'),
    ]]),
  last_letter: written({ ru: 'Последнее письмо', en: 'The last letter' }, 'marketing',
    site => ['Это наше последнее письмо', 'Если захотите, вернуться можно в один шаг', [
      heading('До свидания'),
      text('<p>Похоже, наши письма вам больше не нужны, и мы перестаём писать. Если передумаете в ближайшую неделю, нажмите кнопку.</p>'),
      button('Остаться на связи', site),
    ]],
    site => ['This is our last letter', 'You can come back in one step', [
      heading('Goodbye'),
      text('<p>It seems you no longer need our mails, so we stop writing. If you change your mind within a week, press the button.</p>'),
      button('Stay in touch', site),
    ]]),
}
