// The kinds of mistake in an input: every `reason` of a BAD_INPUT, with what people read where nobody has more to say about it.

export const inputReasons = {
  AMOUNT_TOO_LARGE: 'The price would be larger than an amount can be',
  API_KEY: 'An API key that lives is revoked instead',
  BAD_BATCH: 'Not a batch',
  BAD_CURSOR: 'Not a cursor of this list',
  BAD_OCCURRENCE: 'Not a list of local times',
  BAD_RULE: 'Not a recurrence rule as in FREQ=WEEKLY;BYDAY=MO;COUNT=10',
  BAD_TIMESTAMP: 'Not an instant: ISO 8601 with an offset within 15:59, the years 1900 to 9998, at most six fraction digits',
  BAD_VALUE: 'Not a usable value',
  BATCH_TOO_LARGE: 'Too many calls in one batch',
  BELOW_MINIMUM: 'Below the minimum that goes with it',
  CAR_OR_FLEET: 'Either a car or a fleet',
  CAR_REQUIRED: 'Only where the car changes',
  CAR_RETIRED: 'A car is out of service',
  KEY_IN_HEADER: 'Here each call names its idempotencyKey in its input',
  LOCAL_TIME_EXPECTED: 'A local time of the car without an offset, as in 2027-05-03T10:00',
  MALFORMED: 'Not a list of codes with quantities',
  MALFORMED_TEXT: 'Text may not hold NUL or unpaired surrogates',
  NOTHING_TO_CHANGE: 'Give startDate, endDate, carId, extras or driverId',
  NOT_AN_OBJECT: 'The input is an object',
  NOT_ASCENDING: 'The occurrences are not in order of time',
  NOT_DELEGABLE: 'No API key can be for this procedure',
  NOT_HTTP: 'This is not HTTP',
  NOT_JSON: 'The input is not JSON',
  NOT_UTF8: 'The input is not UTF-8',
  NO_OCCURRENCES: 'The rule never comes up',
  OCCURRENCES_OVERLAP: 'Trips of the series would overlap each other',
  OFFSET_REQUIRED: 'A time needs an offset, as in 2026-05-01T10:00:00Z or 2026-05-01T10:00:00+02:00',
  ONESELF: 'Not for oneself',
  ONE_TARGET: 'At most one of car and class',
  OTHER_FLEET: 'The trips are of different fleets',
  PERIOD_INVALID: 'The end is after the start',
  PLACE_REQUIRED: 'Needs lat and lng',
  QUOTE_MISMATCH: 'The quote is for something else',
  SAME_CAR: 'The trips are on the same car',
  SAME_TRIP: 'A trip cannot be swapped with itself',
  SEASONS_OVERLAP: 'Two seasons share a day',
  SERVICE_USER: 'A user of an API key is no person',
  TAKEN: 'Taken already',
  TARIFF_INVALID: 'Not a usable part of a tariff',
  TOO_DEEP: 'The input is nested too deep',
  TOO_MANY: 'At most 200 occurrences',
  TOO_SPARSE: 'The rule comes up too rarely',
  TWICE: 'The same extra twice',
  TWO_KEYS: 'The header and the body name different keys',
  UNBOUNDED: 'A rule needs COUNT or UNTIL',
  UNKNOWN_EXTRA: 'The car has no such extra',
  UNKNOWN_KEY: 'Unknown key',
  UNSUPPORTED_RULE: 'Rules are daily, weekly, monthly or yearly, by day, month day, month and position',
  UNTIL_LOCAL: 'UNTIL is a local time of the car, without Z',
} as const

export type InputReason = keyof typeof inputReasons

export const isInputReason = (reason: unknown): reason is InputReason => typeof reason === 'string' && Object.hasOwn(inputReasons, reason)

/** What people read about a mistake: the field first, if there is one. */
export const describeMistake = (reason: unknown, field?: string): string => {
  const sentence = isInputReason(reason) ? inputReasons[reason] : inputReasons.BAD_VALUE
  return field === undefined ? `${sentence}.` : `${field}: ${sentence}`
}

/** What zod's issues of our own carry, and what they say. */
export const mistake = (reason: InputReason): { error: string; params: { reason: InputReason } } => ({
  error: inputReasons[reason],
  params: { reason },
})
