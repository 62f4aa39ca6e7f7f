-- What: the extras that somebody chose, in the tariff's order, as a list of {"code", "quantity"}; quantities are 1 where none is given.
-- Who: price_trip, reprice_lines. Raises: BAD_INPUT (field extras; reason UNKNOWN_EXTRA, TWICE or MALFORMED).
create or replace function private.chosen_extras(tariff jsonb, extras jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_reason text;
begin
  if chosen_extras.extras is null or chosen_extras.extras in ('null', '[]') then
    return '[]';
  end if;
  if private.shape_fault(chosen_extras.extras, '{"least": 0, "most": 50, "each": {"code": "^.{1,40}$", "quantity?": [1, 100]}}', 'extras') is not null then
    v_reason := 'MALFORMED';
  elsif exists (select from jsonb_array_elements(chosen_extras.extras) as x group by x ->> 'code' having count(*) > 1) then
    v_reason := 'TWICE';
  elsif exists (select from jsonb_array_elements(chosen_extras.extras) as x
                 where not coalesce(chosen_extras.tariff -> 'extras', '[]') @> jsonb_build_array(jsonb_build_object('code', x -> 'code'))) then
    v_reason := 'UNKNOWN_EXTRA';
  else
    return (
      select jsonb_agg(jsonb_build_object('code', e ->> 'code', 'quantity', coalesce((x ->> 'quantity')::integer, 1)) order by n)
        from jsonb_array_elements(chosen_extras.tariff -> 'extras') with ordinality as r (e, n)
        join jsonb_array_elements(chosen_extras.extras) as x on x ->> 'code' = e ->> 'code');
  end if;
  raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'extras', 'reason', v_reason);
end
$$;

comment on function private.chosen_extras(jsonb, jsonb) is 'The extras that somebody chose.';
revoke all on function private.chosen_extras(jsonb, jsonb) from public;
grant execute on function private.chosen_extras(jsonb, jsonb) to fleetflow_fn, fleetflow_sys;
