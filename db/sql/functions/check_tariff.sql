-- What: refuses a tariff that could not be priced: base rates, seasons and rules, as ratePlans.create takes them.
-- Who: create_rate_plan, preview_rate_plan. Raises: BAD_INPUT (field: the path; reason SEASONS_OVERLAP where two seasons share a day).
create or replace function private.check_tariff(tariff jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_money constant jsonb := '[0, 1000000000000]';
  c_seasons constant jsonb := '{"least": 0, "most": 100, "each": {"name": "^.{1,80}$", "from": "^[1-9]\\d{3}-\\d\\d-\\d\\d$", "to": "^[1-9]\\d{3}-\\d\\d-\\d\\d$",
    "dayRate?": [0, 1000000000000], "ppm?": [0, 10000000]}}';
  v_seasons jsonb := coalesce(check_tariff.tariff -> 'seasons', '[]');
  v_field text := coalesce(
    private.shape_fault(check_tariff.tariff -> 'dayRate', c_money, 'tariff.dayRate'),
    private.shape_fault(check_tariff.tariff -> 'hourRate', c_money, 'tariff.hourRate'),
    private.shape_fault(check_tariff.tariff -> 'minimumCharge', c_money, 'tariff.minimumCharge'),
    private.shape_fault(v_seasons, c_seasons, 'tariff.seasons'),
    private.rules_fault(check_tariff.tariff - '{dayRate,hourRate,minimumCharge,seasons}'::text[], 'tariff'));
  v_reason text;
begin
  if v_field is null then
    select 'tariff.seasons.' || n - 1 into v_field from jsonb_array_elements(v_seasons) with ordinality as s (x, n)
     where (x ->> 'from')::date > (x ->> 'to')::date or (x ? 'dayRate') = (x ? 'ppm') order by n limit 1;
  end if;
  if v_field is null then
    select 'tariff.seasons.' || n - 1, 'SEASONS_OVERLAP' into v_field, v_reason
      from jsonb_array_elements(v_seasons) with ordinality as s (x, n)
     where exists (select from jsonb_array_elements(v_seasons) with ordinality as o (y, m)
                    where m < n and daterange((x ->> 'from')::date, (x ->> 'to')::date, '[]') && daterange((y ->> 'from')::date, (y ->> 'to')::date, '[]'))
     order by n limit 1;
  end if;
  if v_field is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_field, 'reason', coalesce(v_reason, 'TARIFF_INVALID'));
  end if;
end
$$;

comment on function private.check_tariff(jsonb) is 'Refuses a tariff that could not be priced.';
revoke all on function private.check_tariff(jsonb) from public;
grant execute on function private.check_tariff(jsonb) to fleetflow_fn;
