/** What a person can mend. Everything else is a fault of ours: 500 with a reference that is in the log. */
export type FieldError = { field: string, message: string }

export class AppError extends Error {
  readonly code: string
  readonly status: number
  readonly fieldErrors: FieldError[]

  constructor(code: string, status: number, message: string, fieldErrors: FieldError[] = []) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.status = status
    this.fieldErrors = fieldErrors
  }
}

export const notFound = (what: string): AppError => new AppError('not_found', 404, `There is no such ${what}.`)
export const forbidden = (): AppError => new AppError('forbidden', 403, 'Your role does not allow this.')
export const conflict = (code: string, message: string): AppError => new AppError(code, 409, message)
export const changedMeanwhile = (): AppError =>
  conflict('changed_meanwhile', 'Somebody else has changed this meanwhile. Load it again, then make your change.')

/** For `.catch`: the same refusal, its fields named from the outside (`amount` as `deal.amount`). */
export const within = (name: string) => (error: unknown): never => {
  throw error instanceof AppError && error.fieldErrors.length > 0 ? invalid(error.fieldErrors.map(fault => ({ ...fault, field: `${name}.${fault.field}` }))) : error
}

/** 422 naming each field and what to do. */
export const invalid = (fieldErrors: FieldError[]): AppError =>
  new AppError('invalid', 422, fieldErrors.map(error => `${error.field}: ${error.message}`).join('; ').slice(0, 1000), fieldErrors)
