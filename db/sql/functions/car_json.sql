-- What: a car as the API shows it, with the rates that price it. Its odometer, number and why it was retired are shown to members and
--   administrators only.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.car_json(car public.cars) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (car_json.car).id,
    'fleetId', f.id,
    'fleet', f.slug,
    'carClassId', cc.id,
    'carClass', cc.slug,
    'name', (car_json.car).name,
    'seats', (car_json.car).seats,
    'lat', (car_json.car).lat_microdegrees / 1000000::numeric,
    'lng', (car_json.car).lng_microdegrees / 1000000::numeric,
    'timeZone', (car_json.car).time_zone,
    'backToBack', (car_json.car).back_to_back,
    'instantBooking', (car_json.car).instant_booking,
    'prepMinutes', (car_json.car).prep_minutes,
    'turnaroundMinutes', (car_json.car).turnaround_minutes,
    'currency', coalesce(p.currency, f.currency),
    'avgRating', round((car_json.car).avg_rating, 2),
    'totalReviews', (car_json.car).total_reviews,
    'ratingHistogram', (car_json.car).rating_histogram,
    'rates', case when p.id is not null then jsonb_build_object(
      'dayRate', p.day_rate, 'hourRate', p.hour_rate, 'minimumCharge', p.minimum_charge) end,
    'retiredAt', private.iso((car_json.car).retired_at),
    'retireReason', case when f.inside then (car_json.car).retire_reason end,
    'odometer', case when f.inside then (car_json.car).odometer end,
    'externalId', case when f.inside then (car_json.car).external_id end)
    from (select f.*, f.id in (select private.my_fleets()) or private.is_admin() as inside from public.fleets as f) as f
    join public.car_classes as cc on cc.id = (car_json.car).car_class_id
    left join private.rate_plan_of(car_json.car) as p on true
   where f.id = (car_json.car).fleet_id
$$;

comment on function private.car_json(public.cars) is 'A car as the API shows it.';
revoke all on function private.car_json(public.cars) from public;
grant execute on function private.car_json(public.cars) to fleetflow_fn, fleetflow_sys;
