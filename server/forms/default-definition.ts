import type { FormDefinition } from '../../shared/forms.ts'

/** What a new form begins with; everything can be changed. */
export function defaultDefinition({ topicIds, company }: { topicIds: number[], company: string }): FormDefinition {
  return {
    title: { en: 'Stay in touch', ru: 'Подпишитесь на рассылку' },
    description: { en: 'News and useful things, without haste and without spam.', ru: 'Новости и полезное: без спешки и без спама.' },
    button: { en: 'Subscribe', ru: 'Подписаться' },
    success: {
      en: 'Check your mailbox\nWe have sent you a mail. Press the button in it, and you are subscribed.',
      ru: 'Проверьте почту\nМы отправили вам письмо. Нажмите в нём кнопку, и подписка оформлена.',
    },
    fields: [
      { field: 'email', label: { en: 'Email', ru: 'Электронная почта' }, required: true },
      { field: 'first_name', label: { en: 'Your name', ru: 'Ваше имя' }, required: false },
    ],
    topic_ids: topicIds,
    show_topics: topicIds.length > 1,
    consent_wording: {
      en: `I agree to receive mails from ${company} on the topics I chose, and to the processing of my data for this purpose. I can withdraw my consent at any time.`,
      ru: `Я согласен получать письма от ${company} на выбранные темы и даю согласие на обработку моих персональных данных для этой цели. Согласие можно отозвать в любой момент.`,
    },
    double_opt_in: true,
    tag_ids: [],
    source: '',
    creates_lead: true,
    lead_owner: 'rules',
    redirect_url: '',
    accent: '#1f6f5c',
  }
}

const letters: Record<string, string> = { а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya' }

/** 'Подписка на сайте' → 'podpiska-na-sayte' */
export function slugFor(name: string): string {
  const latin = [...name.toLowerCase()].map(letter => letters[letter] ?? letter).join('').normalize('NFD').replaceAll(/\p{M}/gu, '')
  return latin.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '') || 'form'
}
