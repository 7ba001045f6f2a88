import { searchFold } from '../../shared/search-fold.ts'

/** Short forms of names, each line one name; a short form may stand for several. Written as they are; compared in one spelling. */
const lines = `
александр саша саня шура алекс alex alexander sasha
александра саша саня шура alexandra sasha
алексей лёша леша алёша alexey
анастасия настя ася
анатолий толя
андрей андрюша
анна аня анюта нюра annie
антон тоша
борис боря
валентина валя
валерий валера
василий вася
виктор витя
виктория вика
виталий виталик
владимир вова володя
владислав влад слава
вячеслав слава
галина галя
геннадий гена
георгий гоша жора юра
григорий гриша
дарья даша
денис дениска
дмитрий дима митя
евгений женя
евгения женя
екатерина катя
елена лена алёна
елизавета лиза
иван ваня
игорь гарик
илья илюша
ирина ира
константин костя
ксения ксюша
лариса лара
леонид лёня
любовь люба
людмила люда мила
максим макс
маргарита рита
мария маша
михаил миша
надежда надя
наталья наталия наташа
николай коля
оксана ксюша
олег олежка
ольга оля
павел паша
пётр петя
полина поля
роман рома
светлана света
семён сеня
сергей серёжа серый
софия софья соня
станислав стас слава
степан стёпа
татьяна таня
тимофей тима
фёдор федя
юлия юля
юрий юра
яков яша
ярослав слава
robert bob rob bobby
william bill will billy
elizabeth liz beth eliza betty
katherine kate kathy katie
michael mike
thomas tom
james jim jimmy
richard dick rick
margaret maggie peggy meg
joseph joe
christopher chris
nicholas nick
samuel sam
daniel dan
benjamin ben
matthew matt
anthony tony
edward ed eddie ted
johann hans
friedrich fritz
`
const meaning = new Map<string, Set<number>>()
for (const [number, line] of lines.trim().split('\n').entries()) {
  for (const name of line.split(' ').map(searchFold)) meaning.set(name, new Set([...meaning.get(name) ?? [], number]))
}

/** Whether one may stand for the other: «Саша» and Alexander. Both in the spelling of the search. */
export function isShortFor(one: string, other: string): boolean {
  const names = meaning.get(other)
  return names !== undefined && [...meaning.get(one) ?? []].some(number => names.has(number))
}
