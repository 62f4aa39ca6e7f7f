// Lets time pass for a test: every instant of every trip, quote and driver moves into the past, and nothing else notices.
import type postgres from 'postgres'

/** What a test calls now, until time passes: two instants four hours apart are exactly that. */
let now: number | undefined

/** An instant some minutes from now, as the API takes it. */
export function inMinutes(minutes: number): string {
  now ??= Date.now()
  return new Date(now + minutes * 60_000).toISOString()
}

/** Everything that is stored happened `minutes` earlier. Needs a superuser: no trigger fires, so no version counts it. */
export async function passTime(superuser: postgres.Sql, minutes: number): Promise<void> {
  const by = `interval '${Math.round(minutes * 60)} seconds'`
  now = undefined
  // Row by row from the earliest, because the exclusion constraints judge each row when it is written.
  await superuser.begin(async (sql) => {
    await sql`set local session_replication_role = replica`
    await sql.unsafe(`do $$
      declare r record;
      begin
        for r in select car_id, id from public.trips order by car_id, blocked loop
          update public.trips set trip_start_date = trip_start_date - ${by}, trip_end_date = trip_end_date - ${by}, started_at = started_at - ${by},
            returned_at = returned_at - ${by}, hold_expires_at = hold_expires_at - ${by}, respond_by = respond_by - ${by},
            created_at = created_at - ${by}, updated_at = updated_at - ${by},
            blocked = tstzrange(lower(blocked) - ${by}, upper(blocked) - ${by}, case when upper_inc(blocked) then '[]' else '[)' end)
           where car_id = r.car_id and id = r.id;
        end loop;
        for r in select driver_id, trip_id from public.driver_assignments order by driver_id, period loop
          update public.driver_assignments
             set period = tstzrange(lower(period) - ${by}, upper(period) - ${by}), expires_at = expires_at - ${by}
           where driver_id = r.driver_id and trip_id = r.trip_id;
        end loop;
        update public.quotes set expires_at = expires_at - ${by}, created_at = created_at - ${by};
      end $$`)
  })
}
