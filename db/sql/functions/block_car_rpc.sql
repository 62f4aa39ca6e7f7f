-- What: takes a car out of service for a period: maintenance, repair or owner use. A rehearsal lists the trips in the way with the car of
--   the same class that each could move to, and the plan that moves them; with that plan the trips move and the block is stored, or nothing.
-- Who: owners and managers of the car's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.block_car.
create or replace function public.block_car_rpc(
  car_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'maintenance', note text default null,
  plan jsonb default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(block_car_rpc.actor, 'trips.block', true);
begin
  return private.perform('trips.block', v_actor, jsonb_build_object(
      'carId', block_car_rpc.car_id, 'startDate', block_car_rpc.start_date, 'endDate', block_car_rpc.end_date,
      'purpose', coalesce(block_car_rpc.purpose, 'maintenance'), 'note', block_car_rpc.note, 'plan', block_car_rpc.plan,
      'dryRun', coalesce(block_car_rpc.dry_run, false)),
    block_car_rpc.idempotency_key, block_car_rpc.dry_run);
end
$$;

comment on function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) is 'Takes a car out of service for a period.';
alter function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) from public;
grant execute on function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) to fleetflow_api;
