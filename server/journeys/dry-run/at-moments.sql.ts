import { OperationNodeTransformer, RawNode, sql } from 'kysely'
import type { OperationNode, RawBuilder, ValueNode } from 'kysely'

/**
 * A condition is compiled for one moment. Here one statement asks many people, each at a moment of their own: it is
 * compiled for a moment of the far future that no date on a card comes near, and every value that lies around that
 * moment is then put as the person's own moment plus the same distance. The query around names those moments
 * `asked.at` (when the condition is asked) and `asked.entered` (when the person entered the journey).
 */
export const askedAt = new Date('5000-01-01T12:00:00Z')
export const enteredAt = new Date('7000-01-01T12:00:00Z')
const reach = 900 * 365 * 86_400_000

const around = (milliseconds: number): { column: string, offset: number } | null => {
  for (const [moment, column] of [[askedAt, 'at'], [enteredAt, 'entered']] as const) {
    const offset = milliseconds - moment.getTime()
    if (Math.abs(offset) < reach) return { column, offset }
  }
  return null
}

class MomentsOfTheirOwn extends OperationNodeTransformer {
  readonly #timeZone: string
  constructor(timeZone: string) {
    super()
    this.#timeZone = timeZone
  }

  protected override transformValue(node: ValueNode): ValueNode {
    // A raw piece of SQL stands wherever a value does.
    return (this.#moment(node.value) ?? node) as ValueNode
  }

  #moment(value: unknown): OperationNode | null {
    if (value instanceof Date) {
      const found = around(value.getTime())
      return found && raw(`(asked.${found.column} + interval '${found.offset} milliseconds')`)
    }
    // Days of the company's calendar, as custom dates are compared.
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) {
      const found = around(Date.parse(`${value}T12:00:00Z`))
      return found && raw(`to_char((asked.${found.column} + interval '${found.offset} milliseconds') at time zone '${this.#timeZone.replaceAll("'", '')}', 'YYYY-MM-DD')`)
    }
    return null
  }
}

const raw = (text: string): RawNode => RawNode.createWithSql(text)

/** A piece of SQL with the moments of `askedAt` and `enteredAt` replaced. `timeZone`: the company's. */
export function atTheirMoments<Value>(piece: RawBuilder<Value>, timeZone: string): RawBuilder<Value> {
  const node = new MomentsOfTheirOwn(timeZone).transformNode(piece.toOperationNode())
  return sql<Value>`${{ toOperationNode: () => node } as RawBuilder<Value>}`
}
