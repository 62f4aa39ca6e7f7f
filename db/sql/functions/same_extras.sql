-- What: whether a choice of extras is the one that was quoted, in any order; a quantity that is not given is 1. NULL is any choice.
-- Who: use_quote.
create or replace function private.same_extras(chosen jsonb, quoted jsonb) returns boolean
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if same_extras.chosen is null or same_extras.chosen = 'null' then
    return true;
  end if;
  return not exists (
    select from jsonb_array_elements(same_extras.chosen) as c (x)
      full join jsonb_array_elements(same_extras.quoted) as q (y) on x ->> 'code' = y ->> 'code'
     where coalesce(x ->> 'quantity', case when x is not null then '1' end) is distinct from y ->> 'quantity');
end
$$;

comment on function private.same_extras(jsonb, jsonb) is 'Whether a choice of extras is the one that was quoted.';
revoke all on function private.same_extras(jsonb, jsonb) from public;
grant execute on function private.same_extras(jsonb, jsonb) to fleetflow_fn;
