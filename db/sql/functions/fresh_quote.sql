-- What: a quote for what was just refused because of its price; NULL where it could not be quoted either.
-- Who: enrich_refusal, for PRICE_CHANGED, QUOTE_EXPIRED and QUOTE_USED: after the refused operation was undone, so this quote is stored and
--   can be booked. Input: the operation's; without extras those of the quote that it named.
create or replace function private.fresh_quote(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_state text;
  v_extras jsonb;
begin
  if input ->> 'extras' is null then
    select q.extras into v_extras from public.quotes as q where q.car_id = (input ->> 'carId')::uuid and q.id = (input ->> 'quoteId')::uuid;
  end if;
  return private.quote_trip(fresh_quote.actor, input || jsonb_build_object('extras', coalesce(v_extras, input -> 'extras')));
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if v_state not like 'FF%' then
    raise;
  end if;
  return null;
end
$$;

comment on function private.fresh_quote(uuid, jsonb) is 'A quote for what was just refused because of its price.';
revoke all on function private.fresh_quote(uuid, jsonb) from public;
grant execute on function private.fresh_quote(uuid, jsonb) to fleetflow_fn;
