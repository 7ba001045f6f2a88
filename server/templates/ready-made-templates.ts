import type { MailDocument, MailLocale } from '../../shared/templates.ts'
import { button, columns, divider, heading, mailDocumentOf, products, spacer, text, variant } from './block-builders.ts'

/** Mails a new company starts with. `site` is the address their buttons lead to until the author changes it. */
export type ReadyMadeKey = 'welcome' | 'welcome_reminder' | 'thanks' | 'reactivation' | 'newsletter'
type ReadyMade = { key: ReadyMadeKey, name: Record<MailLocale, string>, document: (site: string) => MailDocument }

const dear = { ru: '{% if contact.first_name != blank %}{{ contact.first_name }}, здравствуйте!{% else %}Здравствуйте!{% endif %}', en: 'Hello{% if contact.first_name != blank %}, {{ contact.first_name }}{% endif %}!' }
const goodbye = {
  ru: text('<p>{{ company.name }}<br>Есть вопрос? Просто ответьте на это письмо.</p>'),
  en: text('<p>{{ company.name }}<br>Any question? Just reply to this mail.</p>'),
}
const promo = (lines: string) => text(`<p style="font-size: 13px; color: #5d6461">${lines}</p><p style="font-size: 30px; font-weight: 700; color: #b3541e">BACK10</p>`, { align: 'center' })

export const readyMadeTemplates: ReadyMade[] = [
  {
    key: 'welcome',
    name: { ru: 'Добро пожаловать', en: 'Welcome' },
    document: site => mailDocumentOf({
      ru: variant('{{ contact.first_name | default: "Здравствуйте" }}, рады знакомству', 'Что вы будете получать и с чего начать', [
        heading(dear.ru),
        text('<p>Спасибо, что подписались. Раз в неделю мы пишем о новинках и делимся тем, что пробуем сами. Без спешки и без десяти писем в день.</p>'),
        text('<p><strong>С чего начать</strong></p><ul><li>посмотрите, что выбирают чаще всего;</li><li>добавьте наш адрес {{ company.email }} в контакты, чтобы письма не терялись;</li><li>выберите темы, о которых вам интересно читать.</li></ul>'),
        button('Посмотреть популярное', `${site}/popular`),
        text('<p>Писать вам можно реже или только о нужном: <a href="{{ preferences_url }}">выберите темы</a>.</p>'),
        divider(), goodbye.ru,
      ]),
      en: variant('{{ contact.first_name | default: "Hello" }}, good to meet you', 'What you will get and where to begin', [
        heading(dear.en),
        text('<p>Thank you for signing up. Once a week we write about what is new and what we have tried ourselves. No rush, and never ten mails a day.</p>'),
        text('<p><strong>Where to begin</strong></p><ul><li>see what people choose most;</li><li>add {{ company.email }} to your contacts, so that our mails do not get lost;</li><li>choose the topics you like to read about.</li></ul>'),
        button('See what is popular', `${site}/popular`),
        text('<p>We can write less, or only about what you need: <a href="{{ preferences_url }}">choose topics</a>.</p>'),
        divider(), goodbye.en,
      ]),
    }),
  },
  {
    key: 'welcome_reminder',
    name: { ru: 'Добро пожаловать: напоминание', en: 'Welcome: a reminder' },
    document: site => mailDocumentOf({
      ru: variant('Не успели заглянуть?', 'Две вещи, с которых обычно начинают', [
        heading('Не успели заглянуть?'),
        text('<p>{{ contact.first_name | default: "Здравствуйте" }}, пару дней назад мы прислали первое письмо. Вот коротко главное.</p>'),
        columns(
          [heading('Выбрать', 3), text('<p>То, что берут чаще всего, на одной странице.</p><p><a href="' + site + '/popular">Популярное</a></p>')],
          [heading('Спросить', 3), text('<p>Ответьте на это письмо: читает человек, не робот.</p>')],
        ),
        button('Начать с популярного', `${site}/popular`),
        divider(), goodbye.ru,
      ]),
      en: variant('No time to look around yet?', 'Two things people usually begin with', [
        heading('No time to look around yet?'),
        text('<p>{{ contact.first_name | default: "Hello" }}, a few days ago we sent you our first mail. Here is the short version.</p>'),
        columns(
          [heading('Choose', 3), text('<p>What people take most, on one page.</p><p><a href="' + site + '/popular">What is popular</a></p>')],
          [heading('Ask', 3), text('<p>Reply to this mail: a person reads it, not a robot.</p>')],
        ),
        button('Begin with what is popular', `${site}/popular`),
        divider(), goodbye.en,
      ]),
    }),
  },
  {
    key: 'thanks',
    name: { ru: 'Спасибо за покупку', en: 'Thank you for your order' },
    document: site => mailDocumentOf({
      ru: variant('Спасибо за заказ{% if contact.first_name != blank %}, {{ contact.first_name }}{% endif %}!', 'Что вы заказали и что дальше', [
        heading('Спасибо за покупку!'),
        text('<p>{{ contact.first_name | default: "Здравствуйте" }}, мы уже занимаемся вашим заказом. В нём:</p>'),
        products({ last_order: true }, { button_label: 'Открыть', url_pattern: `${site}/p/{{ product.sku }}` }),
        spacer(8),
        text('<p>Если что-то не подойдёт, просто ответьте на это письмо: поможем с обменом.</p>'),
        button('Следить за заказом', `${site}/orders`),
        divider(), goodbye.ru,
      ]),
      en: variant('Thank you for your order{% if contact.first_name != blank %}, {{ contact.first_name }}{% endif %}!', 'What you ordered and what comes next', [
        heading('Thank you for your order!'),
        text('<p>{{ contact.first_name | default: "Hello" }}, we are already at work on it. You ordered:</p>'),
        products({ last_order: true }, { button_label: 'Open', url_pattern: `${site}/p/{{ product.sku }}` }),
        spacer(8),
        text('<p>If something does not suit you, just reply to this mail and we will help with an exchange.</p>'),
        button('Follow the order', `${site}/orders`),
        divider(), goodbye.en,
      ]),
    }),
  },
  {
    key: 'reactivation',
    name: { ru: 'Давно не виделись (промокод)', en: 'Long time no see (promo code)' },
    document: site => mailDocumentOf({
      ru: variant('{{ contact.first_name | default: "Здравствуйте" }}, давно не виделись', 'Скидка 10 % на любую покупку внутри', [
        heading('Давно не виделись'),
        text('<p>{{ contact.first_name | default: "Здравствуйте" }}, у нас многое обновилось{% if contact.last_order_at %} с вашей последней покупки {{ contact.last_order_at | date: "%d.%m.%Y" }}{% endif %}. Чтобы вернуться было приятнее, возьмите скидку 10 %.</p>'),
        promo('Ваш промокод'),
        button('Выбрать со скидкой', `${site}/?coupon=BACK10`, { align: 'center' }),
        text('<p>Код подставится сам, если перейти по кнопке. Действует на всё, один раз.</p>'),
        divider(),
        text('<p>Не хотите больше получать письма? <a href="{{ unsubscribe_url }}">Отпишитесь в один шаг</a>, мы не обидимся. {{ company.name }}{% if company.postal_address != blank %}, {{ company.postal_address }}{% endif %}.</p>'),
      ]),
      en: variant('{{ contact.first_name | default: "Hello" }}, long time no see', '10% off anything, inside', [
        heading('Long time no see'),
        text('<p>{{ contact.first_name | default: "Hello" }}, much is new here{% if contact.last_order_at %} since your last order on {{ contact.last_order_at | date: "%d %B %Y" }}{% endif %}. To make coming back nicer, take 10% off.</p>'),
        promo('Your code'),
        button('Choose with the discount', `${site}/?coupon=BACK10`, { align: 'center' }),
        text('<p>The code fills itself in when you follow the button. Good for anything, once.</p>'),
        divider(),
        text('<p>No more mails, please? <a href="{{ unsubscribe_url }}">Unsubscribe in one step</a>, no hard feelings. {{ company.name }}{% if company.postal_address != blank %}, {{ company.postal_address }}{% endif %}.</p>'),
      ]),
    }, { accent: '#b3541e', background: '#f6f1ea' }),
  },
  {
    key: 'newsletter',
    name: { ru: 'Новости', en: 'Newsletter' },
    document: site => mailDocumentOf({
      ru: variant('Новости недели: что появилось', 'Коротко о новом, два материала и одна полезная мелочь', [
        heading('Новости недели'),
        text('<p>{{ contact.first_name | default: "Здравствуйте" }}, коротко о том, что появилось и что стоит прочитать.</p>'),
        divider(),
        heading('Главное', 2),
        text('<p>Напишите здесь о самом важном: что изменилось и чем это хорошо для читателя. Двух-трёх предложений хватит.</p>'),
        button('Читать целиком', `${site}/news`),
        spacer(12),
        columns(
          [heading('Первый материал', 3), text('<p>Одно предложение о сути.</p><p><a href="' + site + '/news/1">Читать</a></p>')],
          [heading('Второй материал', 3), text('<p>Одно предложение о сути.</p><p><a href="' + site + '/news/2">Читать</a></p>')],
        ),
        divider(),
        text('<p><em>Полезная мелочь.</em> Совет, который можно применить сегодня.</p>'),
      ]),
      en: variant('This week: what is new', 'The news in short, two reads and one useful trifle', [
        heading('This week'),
        text('<p>{{ contact.first_name | default: "Hello" }}, here is what is new and worth reading, in short.</p>'),
        divider(),
        heading('The main thing', 2),
        text('<p>Write here about what matters most: what changed and why it is good for the reader. Two or three sentences are enough.</p>'),
        button('Read it all', `${site}/news`),
        spacer(12),
        columns(
          [heading('First read', 3), text('<p>One sentence on what it is about.</p><p><a href="' + site + '/news/1">Read</a></p>')],
          [heading('Second read', 3), text('<p>One sentence on what it is about.</p><p><a href="' + site + '/news/2">Read</a></p>')],
        ),
        divider(),
        text('<p><em>A useful trifle.</em> A tip one can use today.</p>'),
      ]),
    }, { accent: '#2f4b8f', background: '#eef1f6' }),
  },
]
