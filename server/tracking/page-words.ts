import type { MailLocale } from '../../shared/templates.ts'

/** Texts of the public pages. What stands in « » or <strong> is put in escaped by the page. */
type Words = {
  badLinkTitle: string, badLinkText: string
  unsubscribeTitle: string, unsubscribeText: (email: string) => string, unsubscribeTopic: (topic: string) => string, unsubscribeAll: string, ratherChoose: string
  doneTopicTitle: string, doneTopicText: (email: string, topic: string) => string, doneAllTitle: string, doneAllText: (email: string) => string, undo: string, undoneTitle: string, undoneText: string
  preferencesTitle: string, preferencesText: (email: string) => string, save: string, savedTitle: string, savedText: string, noTopics: string
  testTitle: string, testText: string
  confirmTitle: string, confirmText: (email: string) => string, confirmButton: string, confirmedTitle: string, confirmedText: string, alreadyTitle: string, alreadyText: string
  expiredTitle: string, expiredText: string, askAgain: string, sentAgainTitle: string, sentAgainText: (email: string) => string
  wordingUnsubscribe: string, wordingUndo: string, wordingPreferences: string
}

export const pageWords: Record<MailLocale, Words> = {
  ru: {
    badLinkTitle: 'Ссылка не работает',
    badLinkText: 'Похоже, адрес скопирован не целиком или изменён. Откройте письмо ещё раз и нажмите на ссылку в нём.',
    unsubscribeTitle: 'Отписаться от писем?',
    unsubscribeText: email => `Письма приходят на адрес ${email}. Если нажать кнопку, они прекратятся сразу.`,
    unsubscribeTopic: topic => `Отписаться от темы «${topic}»`,
    unsubscribeAll: 'Отписаться от всех писем',
    ratherChoose: 'Лучше выберу, о чём получать письма',
    doneTopicTitle: 'Готово, вы отписаны',
    doneTopicText: (email, topic) => `На адрес ${email} больше не придут письма на тему «${topic}».`,
    doneAllTitle: 'Готово, вы отписаны от всех писем',
    doneAllText: email => `На адрес ${email} рассылки больше не придут. Письма о ваших заказах приходить будут.`,
    undo: 'Отписались случайно? Вернуть подписку',
    undoneTitle: 'Подписка возвращена',
    undoneText: 'Всё осталось как было. Спасибо, что вы с нами.',
    preferencesTitle: 'О чём вам писать',
    preferencesText: email => `Отметьте темы, письма на которые хотите получать на ${email}.`,
    save: 'Сохранить',
    savedTitle: 'Сохранено',
    savedText: 'Дальше будем писать только о том, что вы отметили.',
    noTopics: 'Тем для подписки пока нет.',
    testTitle: 'Это была проверка',
    testText: 'Письмо отправлено сотрудником для проверки. Ничего не изменилось: так эта страница выглядит для получателя.',
    confirmTitle: 'Подтвердите подписку',
    confirmText: email => `Вы оставили адрес ${email}. Остался один шаг: подтвердите, что это были вы и что хотите получать письма.`,
    confirmButton: 'Да, подписаться',
    confirmedTitle: 'Подписка подтверждена',
    confirmedText: 'Спасибо! Первое письмо уже в пути.',
    alreadyTitle: 'Подписка уже подтверждена',
    alreadyText: 'Ещё раз подтверждать не нужно. Письма будут приходить.',
    expiredTitle: 'Срок ссылки вышел',
    expiredText: 'Ссылка для подтверждения действует 14 дней. Можно попросить новую, она придёт на тот же адрес.',
    askAgain: 'Прислать новую ссылку',
    sentAgainTitle: 'Новая ссылка отправлена',
    sentAgainText: email => `Проверьте почту ${email}. Если письма нет, загляните в «Спам».`,
    wordingUnsubscribe: 'Отписаться от писем?',
    wordingUndo: 'Отписались случайно? Вернуть подписку',
    wordingPreferences: 'Отметьте темы, письма на которые хотите получать',
  },
  en: {
    badLinkTitle: 'This link does not work',
    badLinkText: 'The address seems to be cut or changed. Open the mail again and follow the link in it.',
    unsubscribeTitle: 'Stop these mails?',
    unsubscribeText: email => `They are sent to ${email}. Press the button and they stop at once.`,
    unsubscribeTopic: topic => `Unsubscribe from “${topic}”`,
    unsubscribeAll: 'Unsubscribe from everything',
    ratherChoose: 'I would rather choose what to get',
    doneTopicTitle: 'Done, you are unsubscribed',
    doneTopicText: (email, topic) => `No more mails about “${topic}” will go to ${email}.`,
    doneAllTitle: 'Done, you are unsubscribed from everything',
    doneAllText: email => `No more newsletters will go to ${email}. Mails about your orders still will.`,
    undo: 'Was that a slip? Subscribe again',
    undoneTitle: 'You are subscribed again',
    undoneText: 'Everything is as it was. Thank you for staying.',
    preferencesTitle: 'What would you like to hear about?',
    preferencesText: email => `Tick what you want to get at ${email}.`,
    save: 'Save',
    savedTitle: 'Saved',
    savedText: 'From now on we write only about what you ticked.',
    noTopics: 'There are no topics to subscribe to yet.',
    testTitle: 'This was a test',
    testText: 'A member of staff sent this mail to try it. Nothing was changed: this is how the page looks to a recipient.',
    confirmTitle: 'Confirm your subscription',
    confirmText: email => `You left the address ${email}. One step is left: confirm that it was you and that you want our mails.`,
    confirmButton: 'Yes, subscribe me',
    confirmedTitle: 'Your subscription is confirmed',
    confirmedText: 'Thank you! The first mail is on its way.',
    alreadyTitle: 'Already confirmed',
    alreadyText: 'There is no need to confirm again. Our mails will come.',
    expiredTitle: 'This link has expired',
    expiredText: 'A confirmation link works for 14 days. You can ask for a new one; it will come to the same address.',
    askAgain: 'Send me a new link',
    sentAgainTitle: 'A new link is on its way',
    sentAgainText: email => `Look into ${email}. If the mail is not there, look into “Spam” too.`,
    wordingUnsubscribe: 'Stop these mails?',
    wordingUndo: 'Was that a slip? Subscribe again',
    wordingPreferences: 'Tick what you want to get',
  },
}
