-- What: what a period costs in a class: {"offers": {tariff: what private.price_trip answers}, "dear": {totalCost, currency} or null}.
--   Cars of one tariff are priced and judged by the fleet's rules once. `offers` holds what costs at most maxTotal, `dear` the lowest price above it.
-- Who: functions that book a class, under the caller's policies. Input: startDate, endDate, extras, maxTotal, lat, lng, radius. Locks: the renter, where the
--   fleet has a quota.
-- Raises: NOT_PRICED (no car of the class has a price), BAD_INPUT (field extras, endDate), PRICE_CHANGED (totalCost, currency: all cost more than
--   maxTotal), and where no car of the class may be rented so: OUTSIDE_HOURS, TOO_SHORT, TOO_LONG, TOO_SOON, TOO_FAR, QUOTA_EXCEEDED.
create or replace function private.class_offers(car_class public.car_classes, renter uuid, manages boolean, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_max bigint := coalesce((input ->> 'maxTotal')::bigint, 9007199254740991);
  v_sample record;
  v_fault jsonb;
  v_refused jsonb;
  v_priced jsonb;
  v_dear jsonb;
  v_offers jsonb := '{}';
begin
  for v_sample in
    select distinct on (k.tariff) k.tariff, k.car
      from private.class_cars(class_offers.car_class, class_offers.manages, class_offers.input) as k order by k.tariff
  loop
    v_fault := private.rule_fault(v_sample.car, class_offers.renter, 'rental', v_start, v_end, class_offers.manages);
    if v_fault is not null then
      v_refused := v_fault;
      continue;
    end if;
    v_priced := private.price_trip(v_sample.car, v_start, v_end, input -> 'extras');
    if (v_priced ->> 'total')::bigint <= v_max then
      v_offers := v_offers || jsonb_build_object(v_sample.tariff, v_priced);
    elsif v_dear is null or (v_priced ->> 'total')::bigint < (v_dear ->> 'totalCost')::bigint then
      v_dear := jsonb_build_object('totalCost', v_priced -> 'total', 'currency', v_priced -> 'currency');
    end if;
  end loop;

  if v_offers = '{}' and v_dear is not null then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = v_dear;
  elsif v_offers = '{}' and v_refused is not null then
    perform private.refuse_rule(v_refused);
  elsif v_offers = '{}' and exists (
      select from public.cars as c
       where c.fleet_id = (class_offers.car_class).fleet_id and c.car_class_id = (class_offers.car_class).id
         and c.retired_at is null)
       and not exists (select from private.class_cars(class_offers.car_class, class_offers.manages, '{}')) then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  return jsonb_build_object('offers', v_offers, 'dear', v_dear);
end
$$;

comment on function private.class_offers(public.car_classes, uuid, boolean, jsonb) is 'What a period costs in a class.';
revoke all on function private.class_offers(public.car_classes, uuid, boolean, jsonb) from public;
grant execute on function private.class_offers(public.car_classes, uuid, boolean, jsonb) to fleetflow_fn;
