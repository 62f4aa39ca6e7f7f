-- What: a person as me.get shows them: themselves, and the fleets they work in.
-- Who: entry functions, for the caller.
create or replace function private.me_json(user_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'isAdmin', u.is_admin, 'fleets', (
           select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'slug', f.slug, 'name', f.name, 'role', m.role) order by f.slug), '[]')
             from public.fleet_members as m join public.fleets as f on f.id = m.fleet_id
            where m.user_id = u.id))
    from public.users as u
   where u.id = me_json.user_id
$$;

comment on function private.me_json(uuid) is 'A person as me.get shows them.';
revoke all on function private.me_json(uuid) from public;
grant execute on function private.me_json(uuid) to fleetflow_fn;
