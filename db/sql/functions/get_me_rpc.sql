-- What: who the caller is and which fleets they work in; makes the user of an identity seen for the first time.
-- Who: any signed-in user. Raises: UNAUTHENTICATED, FORBIDDEN.
create or replace function public.get_me_rpc(actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_me_rpc.actor, 'me.get', true);
begin
  return (
    select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'isAdmin', u.is_admin, 'fleets', (
             select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'slug', f.slug, 'name', f.name, 'role', m.role) order by f.slug), '[]')
               from public.fleet_members as m join public.fleets as f on f.id = m.fleet_id
              where m.user_id = v_actor))
      from public.users as u
     where u.id = v_actor);
end
$$;

comment on function public.get_me_rpc(jsonb) is 'Who the caller is.';
alter function public.get_me_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.get_me_rpc(jsonb) from public;
grant execute on function public.get_me_rpc(jsonb) to fleetflow_api;
