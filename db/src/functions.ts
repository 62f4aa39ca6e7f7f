// The signatures of the entry functions, as the catalog has them; a test compares the two.

/** PostgreSQL types of each entry function's parameters, by name; each call casts to them. */
export const functions = {
  create_trip_rpc: {
    car_id: 'uuid',
    user_id: 'uuid',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    purpose: 'text',
    max_total: 'bigint',
    quote_id: 'uuid',
    extras: 'jsonb',
    driver_id: 'uuid',
    idempotency_key: 'text',
    dry_run: 'boolean',
    alternatives: 'integer',
  },
  hold_trip_rpc: {
    car_id: 'uuid',
    user_id: 'uuid',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    minutes: 'integer',
    max_total: 'bigint',
    quote_id: 'uuid',
    extras: 'jsonb',
    driver_id: 'uuid',
    idempotency_key: 'text',
    alternatives: 'integer',
  },
  quote_trip_rpc: {
    car_id: 'uuid',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    extras: 'jsonb',
    user_id: 'uuid',
    preview: 'boolean',
    idempotency_key: 'text',
  },
  create_trip_in_class_rpc: {
    fleet: 'text',
    car_class: 'text',
    user_id: 'uuid',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    lat: 'integer',
    lng: 'integer',
    radius: 'integer',
    max_total: 'bigint',
    extras: 'jsonb',
    driver_id: 'uuid',
    allocation: 'text',
    alternatives: 'integer',
    idempotency_key: 'text',
    dry_run: 'boolean',
  },
  get_trip_rpc: { trip_id: 'uuid', actor: 'jsonb' },
  list_trips_rpc: { actor: 'jsonb', fleet: 'text', car_id: 'uuid', status: 'text', page_limit: 'integer', page_cursor: 'text' },
  modify_trip_rpc: {
    trip_id: 'uuid',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    version: 'integer',
    actor: 'jsonb',
    car_id: 'uuid',
    extras: 'jsonb',
    driver_id: 'uuid',
    drop_driver: 'boolean',
    reprice: 'boolean',
    idempotency_key: 'text',
    dry_run: 'boolean',
    alternatives: 'integer',
  },
  swap_trips_rpc: {
    trip_id: 'uuid',
    other_trip_id: 'uuid',
    version: 'integer',
    other_version: 'integer',
    actor: 'jsonb',
    idempotency_key: 'text',
    dry_run: 'boolean',
  },
  block_car_rpc: {
    car_id: 'uuid',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    purpose: 'text',
    note: 'text',
    plan: 'jsonb',
    idempotency_key: 'text',
    dry_run: 'boolean',
  },
  cancel_trip_rpc: {
    trip_id: 'uuid',
    reason: 'text',
    version: 'integer',
    actor: 'jsonb',
    expected_refund: 'bigint',
    idempotency_key: 'text',
    dry_run: 'boolean',
  },
  create_rate_plan_rpc: { fleet: 'text', name: 'text', tariff: 'jsonb', actor: 'jsonb', assign_to: 'jsonb', idempotency_key: 'text' },
  assign_rate_plan_rpc: {
    fleet: 'text',
    rate_plan_id: 'uuid',
    actor: 'jsonb',
    car_id: 'uuid',
    car_class: 'text',
    idempotency_key: 'text',
  },
  preview_rate_plan_rpc: {
    fleet: 'text',
    tariff: 'jsonb',
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    extras: 'jsonb',
    idempotency_key: 'text',
  },
  list_rate_plans_rpc: { fleet: 'text', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  get_rate_plan_rpc: { rate_plan_id: 'uuid', actor: 'jsonb' },
  cancel_preview_rpc: { trip_id: 'uuid', actor: 'jsonb' },
  approve_trip_rpc: { trip_id: 'uuid', version: 'integer', actor: 'jsonb', idempotency_key: 'text' },
  decline_trip_rpc: { trip_id: 'uuid', reason: 'text', version: 'integer', actor: 'jsonb', idempotency_key: 'text' },
  start_trip_rpc: { trip_id: 'uuid', odometer: 'integer', fuel: 'integer', version: 'integer', actor: 'jsonb', idempotency_key: 'text' },
  complete_trip_rpc: { trip_id: 'uuid', odometer: 'integer', fuel: 'integer', version: 'integer', actor: 'jsonb', idempotency_key: 'text' },
  no_show_trip_rpc: { trip_id: 'uuid', version: 'integer', actor: 'jsonb', idempotency_key: 'text' },
  create_review_rpc: { trip_id: 'uuid', rating: 'integer', comment: 'text', actor: 'jsonb', idempotency_key: 'text' },
  list_trip_history_rpc: { trip_id: 'uuid', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  list_reviews_rpc: { car_id: 'uuid', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  list_cars_rpc: { actor: 'jsonb', fleet: 'text', car_class: 'text', page_limit: 'integer', page_cursor: 'text' },
  search_cars_rpc: {
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    lat: 'integer',
    lng: 'integer',
    radius: 'integer',
    fleet: 'text',
    car_class: 'text',
    seats: 'integer',
    price_max: 'bigint',
    currency: 'text',
    rating_min: 'integer',
    sort: 'text',
    busy_too: 'boolean',
    page_limit: 'integer',
    page_cursor: 'text',
  },
  list_windows_rpc: {
    start_date: 'timestamptz',
    end_date: 'timestamptz',
    actor: 'jsonb',
    car_id: 'uuid',
    fleet: 'text',
    car_class: 'text',
    min_minutes: 'integer',
    hours: 'boolean',
    page_limit: 'integer',
    page_cursor: 'text',
  },
  next_free_rpc: { car_id: 'uuid', minutes: 'integer', actor: 'jsonb', not_before: 'timestamptz' },
  get_car_rpc: { car_id: 'uuid', actor: 'jsonb' },
  create_car_rpc: { fleet: 'text', car: 'jsonb', actor: 'jsonb', idempotency_key: 'text' },
  update_car_rpc: { car_id: 'uuid', changes: 'jsonb', actor: 'jsonb', idempotency_key: 'text' },
  retire_car_rpc: { car_id: 'uuid', actor: 'jsonb', reason: 'text', idempotency_key: 'text' },
  create_car_class_rpc: { fleet: 'text', slug: 'text', name: 'text', actor: 'jsonb', idempotency_key: 'text' },
  list_car_classes_rpc: { fleet: 'text', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  create_trip_series_rpc: {
    car_id: 'uuid',
    user_id: 'uuid',
    local_starts: 'jsonb',
    minutes: 'integer',
    actor: 'jsonb',
    purpose: 'text',
    on_conflict: 'text',
    extras: 'jsonb',
    max_total: 'bigint',
    idempotency_key: 'text',
    dry_run: 'boolean',
  },
  create_fleet_rpc: {
    slug: 'text',
    name: 'text',
    currency: 'text',
    time_zone: 'text',
    actor: 'jsonb',
    visibility: 'text',
    idempotency_key: 'text',
  },
  get_fleet_rpc: { fleet: 'text', actor: 'jsonb' },
  update_fleet_rpc: {
    fleet: 'text',
    actor: 'jsonb',
    slug: 'text',
    name: 'text',
    time_zone: 'text',
    visibility: 'text',
    idempotency_key: 'text',
  },
  transfer_fleet_rpc: { fleet: 'text', user_id: 'uuid', actor: 'jsonb', idempotency_key: 'text' },
  create_invitation_rpc: {
    fleet: 'text',
    role: 'text',
    secret_hash: 'text',
    actor: 'jsonb',
    email: 'text',
    expires_in_days: 'integer',
    idempotency_key: 'text',
  },
  list_invitations_rpc: { fleet: 'text', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  revoke_invitation_rpc: { invitation_id: 'uuid', actor: 'jsonb', idempotency_key: 'text' },
  accept_invitation_rpc: { token_hash: 'text', actor: 'jsonb', idempotency_key: 'text' },
  list_members_rpc: { fleet: 'text', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  set_member_role_rpc: { fleet: 'text', user_id: 'uuid', role: 'text', actor: 'jsonb', idempotency_key: 'text' },
  remove_member_rpc: { fleet: 'text', user_id: 'uuid', actor: 'jsonb', idempotency_key: 'text' },
  leave_fleet_rpc: { fleet: 'text', actor: 'jsonb', idempotency_key: 'text' },
  get_fleet_rules_rpc: { fleet: 'text', actor: 'jsonb' },
  set_fleet_rules_rpc: { fleet: 'text', rules: 'jsonb', actor: 'jsonb', version: 'integer', idempotency_key: 'text' },
  create_api_key_rpc: {
    fleet: 'text',
    name: 'text',
    role: 'text',
    procedures: 'jsonb',
    secret_hash: 'text',
    secret_hint: 'text',
    actor: 'jsonb',
    expires_in_days: 'integer',
    idempotency_key: 'text',
  },
  list_api_keys_rpc: { fleet: 'text', actor: 'jsonb', page_limit: 'integer', page_cursor: 'text' },
  revoke_api_key_rpc: { key_id: 'uuid', actor: 'jsonb', idempotency_key: 'text' },
  get_me_rpc: { actor: 'jsonb' },
  update_me_rpc: { name: 'text', actor: 'jsonb', idempotency_key: 'text' },
  export_me_rpc: { actor: 'jsonb' },
  erase_me_rpc: { confirm: 'text', actor: 'jsonb', idempotency_key: 'text' },
  suspend_user_rpc: { user_id: 'uuid', actor: 'jsonb', reason: 'text', idempotency_key: 'text' },
  reinstate_user_rpc: { user_id: 'uuid', actor: 'jsonb', idempotency_key: 'text' },
} as const

/** Functions for the server's own loops: nobody acts in them. */
export const services = {
  relay_events: { batch: 'integer' },
  sweep_trips: { batch: 'integer' },
  forget_idempotency_keys: { batch: 'integer' },
} as const

/** Functions that run many calls of another one, each by its own actor: a JSON array of its arguments, and an outcome or null for each. */
export const batches = {
  create_trips_rpc: { calls: 'jsonb' },
} as const

export type BatchName = keyof typeof batches

export type ServiceName = keyof typeof services

export type FunctionName = keyof typeof functions

/** Entry functions that change something: they answer an outcome and take an idempotency key. */
export type MutationName = { [F in FunctionName]: (typeof functions)[F] extends { idempotency_key: string } ? F : never }[FunctionName]

/** Mutations that hand out a secret, of which they are told the hash. */
export type SecretName = {
  [F in MutationName]: (typeof functions)[F] extends { secret_hash: string } ? F : never
}[MutationName]

/** Who calls: a known user, what a verified token says, or an API key by its SHA-256 in hex. The API role is trusted to state it. */
export type Actor =
  | { userId: string }
  | { apiKey: string }
  | { issuer: string; subject: string; email?: string | undefined; name?: string | undefined; session?: string | undefined }

interface TypeScriptTypes {
  uuid: string
  timestamptz: string
  text: string
  jsonb: unknown
  boolean: boolean
  bigint: number
  integer: number
}

/** Arguments of an entry function by parameter name; `actor` is required, the others may be absent or null. */
export type Arguments<F extends FunctionName> = { actor: Actor } & {
  [P in Exclude<keyof (typeof functions)[F], 'actor'>]?: (typeof functions)[F][P] extends keyof TypeScriptTypes
    ? TypeScriptTypes[(typeof functions)[F][P]] | null | undefined
    : never
}
