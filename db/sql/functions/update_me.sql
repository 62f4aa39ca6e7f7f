-- What: changes the caller's display name.
-- Who: perform, for update_me_rpc. Input: name. Raises: FORBIDDEN (API keys), BAD_INPUT (field name). Locks: the user.
create or replace function private.update_me(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_name text := btrim(input ->> 'name', E' \t\n\r');
begin
  perform private.refuse_key();
  if (length(v_name) between 1 and 200) is not true then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'name');
  end if;
  update public.users as u set name = v_name where u.id = update_me.actor and u.erased_at is null;
  -- Erased while this waited for the row: nobody is recognised the next time.
  if not found then
    perform private.try_again();
  end if;
  return private.me_json(update_me.actor);
end
$$;

comment on function private.update_me(uuid, jsonb) is 'Changes the caller''s display name.';
revoke all on function private.update_me(uuid, jsonb) from public;
grant execute on function private.update_me(uuid, jsonb) to fleetflow_fn;
