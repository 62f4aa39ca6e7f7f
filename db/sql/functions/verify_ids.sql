-- What: every trip id that more than one row has: the primary key begins with the car, so it does not forbid that. No rows is the guarantee.
-- Who: administrators, through verify.
create or replace function private.verify_ids() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('tripId', t.id, 'carIds', jsonb_agg(t.car_id order by t.car_id))
    from public.trips as t
   group by t.id
  having count(*) > 1
   order by t.id
$$;

comment on function private.verify_ids() is 'Trip ids that more than one row has.';
alter function private.verify_ids() owner to fleetflow_sys;
revoke all on function private.verify_ids() from public;
