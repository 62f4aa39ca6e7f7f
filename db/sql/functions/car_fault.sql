-- What: the first member of a car's description that no car could have; NULL where all are good. Places are whole microdegrees, given
--   and cleared together; members that are NULL are judged as far as they may be cleared.
-- Who: create_car and update_car.
create or replace function private.car_fault(given jsonb) returns text
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant text[] := '{carClass,name,timeZone,prepMinutes,turnaroundMinutes,backToBack,instantBooking}';
  c_shape constant jsonb := '{
    "carClass?": "^.{1,100}$", "name?": "^.{1,200}$", "seats?": [1, 100], "timeZone?": "^.{1,100}$", "prepMinutes?": [0, 10080],
    "turnaroundMinutes?": [0, 10080], "backToBack?": true, "instantBooking?": true, "odometer?": [0, 10000000], "externalId?": "^.{1,200}$"}';
  c_whole constant text := '^-?[0-9]{1,9}$';
  v_fault text;
begin
  if jsonb_typeof(car_fault.given) is distinct from 'object' then
    return 'car';
  end if;
  select min(g.key) into v_fault from jsonb_each(car_fault.given) as g where g.value = 'null' and g.key = any (c_kept);
  v_fault := coalesce(v_fault, private.shape_fault(jsonb_strip_nulls(car_fault.given) - '{lat,lng}'::text[], c_shape, null));
  return case
    when v_fault is not null then v_fault
    when btrim(given ->> 'name', E' \t\n\r') = '' then 'name'
    when given ? 'lat' <> given ? 'lng' or (given ->> 'lat' is null) <> (given ->> 'lng' is null)
      then case when given ->> 'lat' is null then 'lat' else 'lng' end
    when given ->> 'lat' !~ c_whole or abs((given ->> 'lat')::bigint) > 90000000 then 'lat'
    when given ->> 'lng' !~ c_whole or abs((given ->> 'lng')::bigint) > 180000000 then 'lng'
    when given ? 'timeZone' and not private.is_zone(given ->> 'timeZone') then 'timeZone' end;
end
$$;

comment on function private.car_fault(jsonb) is 'The first member of a car that no car could have.';
revoke all on function private.car_fault(jsonb) from public;
grant execute on function private.car_fault(jsonb) to fleetflow_fn;
