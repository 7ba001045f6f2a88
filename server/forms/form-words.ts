import type { MailLocale } from '../../shared/templates.ts'

type Words = {
  required: string, optional: string, choose: string, chooseTopics: string, yes: string
  needed: string, badEmail: string, disposable: string, noSuchDomain: string, badPhone: string, badValue: string, consentNeeded: string, topicNeeded: string
  tooFast: string, tooOld: string, checkAndSend: string, tooMany: string
  didYouMean: (email: string) => string, useSuggested: (email: string) => string, keepMine: (email: string) => string
  closedTitle: string, closedText: string, unknownTitle: string, unknownText: string, previewNote: string, goOn: string
  fixFirst: string, privacy: string
}

export const formWords: Record<MailLocale, Words> = {
  ru: {
    required: 'обязательно', optional: 'необязательно', choose: 'Выберите', chooseTopics: 'О чём вам писать', yes: 'Да',
    needed: 'Заполните это поле.',
    badEmail: 'Похоже, в адресе ошибка. Он выглядит так: anna@example.com.',
    disposable: 'Это адрес на один раз. Укажите почту, которой вы пользуетесь: на неё придёт письмо для подтверждения.',
    noSuchDomain: 'Такого почтового домена нет. Проверьте, что написано после знака @.',
    badPhone: 'Похоже, в номере ошибка. Укажите его с кодом страны, например +7 916 123-45-67.',
    badValue: 'Это значение не подходит.',
    consentNeeded: 'Без вашего согласия мы не можем вам писать.',
    topicNeeded: 'Выберите хотя бы одну тему.',
    tooFast: 'Очень быстро! Проверьте данные и нажмите кнопку ещё раз.',
    tooOld: 'Страница была открыта слишком долго. Данные сохранились, нажмите кнопку ещё раз.',
    checkAndSend: 'Проверьте данные и нажмите кнопку, чтобы отправить их.',
    tooMany: 'Слишком много попыток подряд. Подождите несколько минут и отправьте форму ещё раз.',
    didYouMean: email => `Может быть, вы имели в виду ${email}?`,
    useSuggested: email => `Да, ${email}`,
    keepMine: email => `Нет, мой адрес ${email}`,
    closedTitle: 'Форма закрыта', closedText: 'Эта форма больше не принимает ответы.',
    unknownTitle: 'Здесь ничего нет', unknownText: 'Такой формы нет. Проверьте адрес страницы.',
    previewNote: 'Предпросмотр: отправка отключена',
    goOn: 'Продолжить', fixFirst: 'Проверьте отмеченные поля.',
    privacy: 'Отписаться можно в любой момент одним нажатием.',
  },
  en: {
    required: 'required', optional: 'optional', choose: 'Choose', chooseTopics: 'What shall we write about', yes: 'Yes',
    needed: 'Please fill this in.',
    badEmail: 'There seems to be a mistake in the address. It looks like anna@example.com.',
    disposable: 'This is a throw-away address. Give the mailbox you really use: a mail to confirm will come there.',
    noSuchDomain: 'There is no such mail domain. Check what stands after the @.',
    badPhone: 'There seems to be a mistake in the number. Give it with the country code, such as +44 20 7946 0018.',
    badValue: 'This value does not fit.',
    consentNeeded: 'We cannot write to you without your consent.',
    topicNeeded: 'Choose at least one topic.',
    tooFast: 'That was quick! Check your details and press the button again.',
    tooOld: 'The page was open for too long. Your details are still here, press the button again.',
    checkAndSend: 'Check your details and press the button to send them.',
    tooMany: 'Too many tries in a row. Wait a few minutes and send the form again.',
    didYouMean: email => `Did you mean ${email}?`,
    useSuggested: email => `Yes, ${email}`,
    keepMine: email => `No, my address is ${email}`,
    closedTitle: 'This form is closed', closedText: 'It takes no more answers.',
    unknownTitle: 'There is nothing here', unknownText: 'There is no such form. Check the address of the page.',
    previewNote: 'Preview: sending is off',
    goOn: 'Continue', fixFirst: 'Check the marked fields.',
    privacy: 'You can unsubscribe with one click at any time.',
  },
}
