-- What: the detail of a refusal as callers see it, with what had to wait until the refused operation had given its locks back.
-- Who: perform, for every refusal.
create or replace function private.enrich_refusal(operation text, actor uuid, input jsonb, code text, detail jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if enrich_refusal.code in ('TRIP_OVERLAP', 'CLASS_FULL') then
    return private.offer_details(enrich_refusal.operation, enrich_refusal.actor, enrich_refusal.input, enrich_refusal.code, enrich_refusal.detail)
      || case when detail ? 'occurrences' then jsonb_build_object('occurrences', detail -> 'occurrences') else '{}' end;
  end if;
  if enrich_refusal.code in ('PRICE_CHANGED', 'QUOTE_EXPIRED', 'QUOTE_USED') and input ? 'carId' then
    return enrich_refusal.detail || jsonb_build_object('quote', private.fresh_quote(enrich_refusal.actor, enrich_refusal.input));
  end if;
  return enrich_refusal.detail;
end
$$;

comment on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) is 'The detail of a refusal as callers see it.';
revoke all on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) from public;
grant execute on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) to fleetflow_fn;
