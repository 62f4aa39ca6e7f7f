-- What: stores a trip and the lines of its price; NULL when another trip has the car in that period. The only place that does.
--   `priced` is what private.price_trip answered, NULL for what is no rental.
--   `terms` may hold id, holdExpiresAt, respondBy, pinned, driverId, seriesId, extras, policy, note,
--   nearLat, nearLng and nearMetres.
-- Who: every function that books. The constraint decides; a lock on the car only makes callers queue instead of deadlock.
-- Raises: DRIVER_BUSY (windows).
create or replace function private.book_trip(
  car public.cars, renter uuid, purpose text, status text, starts timestamptz, ends timestamptz, priced jsonb, terms jsonb default '{}'
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips;
begin
  -- One statement, so that the total can be there from the start: when it ends its lines are there, too.
  with booked as (
    insert into public.trips as t (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date,
      prep_minutes, turnaround_minutes, back_to_back, blocked, total_cost, currency, rate_plan_id, pricing,
      hold_expires_at, respond_by, pinned, driver_id, series_id, extras, policy, note,
      near_lat_microdegrees, near_lng_microdegrees, near_metres)
    values (car.id, coalesce((terms ->> 'id')::uuid, private.uuid_v7()), car.fleet_id, book_trip.renter, book_trip.purpose, book_trip.status,
      book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back,
      private.blocked_range(book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back),
      coalesce((priced ->> 'total')::bigint, 0),
      coalesce(priced ->> 'currency', (select f.currency from public.fleets as f where f.id = car.fleet_id)),
      (priced ->> 'ratePlanId')::uuid, priced -> 'pricing',
      (terms ->> 'holdExpiresAt')::timestamptz, (terms ->> 'respondBy')::timestamptz, coalesce((terms ->> 'pinned')::boolean, true),
      (terms ->> 'driverId')::uuid, (terms ->> 'seriesId')::uuid, coalesce(nullif(terms -> 'extras', 'null'), '[]'), nullif(terms -> 'policy', 'null'), terms ->> 'note',
      (terms ->> 'nearLat')::integer, (terms ->> 'nearLng')::integer, (terms ->> 'nearMetres')::integer)
    on conflict on constraint prevent_overlap do nothing
    returning t.*
  ), lined as (
    insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
    select b.car_id, b.id, private.uuid_v7(), l.kind, l.description, l.quantity, l."unitAmount", l.amount
      from booked as b
     cross join jsonb_to_recordset(priced -> 'lines') as l (kind text, description text, quantity integer, "unitAmount" bigint, amount bigint)
  )
  select b.* into v_trip from booked as b;
  if v_trip.id is null then
    return null;
  end if;
  if v_trip.driver_id is not null then
    perform private.assign_driver(v_trip);
  end if;
  return v_trip;
end
$$;

comment on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) is
  'Stores a trip and the lines of its price.';
revoke all on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) from public;
grant execute on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) to fleetflow_fn;
