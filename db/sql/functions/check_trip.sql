-- What: refuses a row of trips that breaks a rule of its own columns, under the rule's name; of several the first by name. NULL breaks nothing.
--   What prevent_overlap rests on are constraints of their own. One constraint for the others instead of one a rule: PostgreSQL reads every CHECK of a table from its text again for each statement that writes,
--   which took a tenth of the time of a booking.
-- Who: the constraint trips_sound.
create or replace function private.check_trip(
  status text, purpose text, currency text, starts timestamptz, ends timestamptz, returned_at timestamptz, blocked tstzrange, cut boolean,
  prep_minutes integer, turnaround_minutes integer, hold_expires_at timestamptz, respond_by timestamptz,
  total_cost bigint, version integer, odometer_start integer, odometer_end integer, fuel_start integer, fuel_end integer,
  near_lat integer, near_lng integer, near_metres integer, note text, cancel_reason text, external_id text
) returns boolean
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_broken text := case
    when (prep_minutes between 0 and 10080 and turnaround_minutes between 0 and 10080) is false then 'trips_buffers_bounded'
    when (length(cancel_reason) between 1 and 1000) is false then 'trips_cancel_reason_length'
    when (currency ~ '^[A-Z]{3}$') is false then 'trips_currency_form'
    when (not cut or upper(blocked) > starts) is false then 'trips_cut_after_begin'
    when (length(external_id) between 1 and 200) is false then 'trips_external_id_length'
    when (fuel_start between 0 and 100 and fuel_end between 0 and 100) is false then 'trips_fuel_percent'
    when (status <> 'held' or (hold_expires_at is not null and isfinite(hold_expires_at))) is false then 'trips_held_until'
    when (num_nulls(near_lat, near_lng, near_metres) in (0, 3) and near_metres between 1 and 20100000) is false then 'trips_near_whole'
    when (length(note) between 1 and 1000) is false then 'trips_note_length'
    when (odometer_start >= 0 and odometer_end >= coalesce(odometer_start, 0)) is false then 'trips_odometer_forward'
    when (starts >= '1900-01-01 00:00:00+00' and ends < '9999-01-01 00:00:00+00') is false then 'trips_period_bounded'
    when (starts < ends) is false then 'trips_period_forward'
    when (purpose in ('rental', 'maintenance', 'repair', 'owner_use')) is false then 'trips_purpose_known'
    when (status <> 'requested' or (respond_by is not null and isfinite(respond_by))) is false then 'trips_requested_until'
    when (returned_at is null or (isfinite(returned_at) and returned_at > starts - interval '24 hours' and status = 'completed')) is false
      then 'trips_returned_after_begin'
    when (status in ('held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show')) is false
      then 'trips_status_known'
    when (total_cost between -9007199254740991 and 9007199254740991) is false then 'trips_total_cost_bounded'
    when (version >= 1) is false then 'trips_version_positive'
  end;
begin
  if v_broken is not null then
    raise exception using errcode = 'check_violation', schema = 'public', table = 'trips', constraint = v_broken,
      message = format('new row for relation "trips" violates check constraint "%s"', v_broken);
  end if;
  return true;
end
$$;

comment on function private.check_trip(text, text, text, timestamptz, timestamptz, timestamptz, tstzrange, boolean, integer, integer,
  timestamptz, timestamptz, bigint, integer, integer, integer, integer, integer, integer, integer, integer, text, text, text)
  is 'Refuses a row of trips that breaks a rule of its own columns.';
revoke all on function private.check_trip(text, text, text, timestamptz, timestamptz, timestamptz, tstzrange, boolean, integer, integer,
  timestamptz, timestamptz, bigint, integer, integer, integer, integer, integer, integer, integer, integer, text, text, text) from public;
grant execute on function private.check_trip(text, text, text, timestamptz, timestamptz, timestamptz, tstzrange, boolean, integer, integer,
  timestamptz, timestamptz, bigint, integer, integer, integer, integer, integer, integer, integer, integer, text, text, text)
  to fleetflow_fn, fleetflow_sys;
