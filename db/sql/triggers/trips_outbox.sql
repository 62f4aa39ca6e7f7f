-- Every change of a trip is an event in the making.
-- History that is imported happened long ago and elsewhere: it is not news, and no event.
drop trigger if exists _200_outbox_insert on public.trips;
create trigger _200_outbox_insert after insert on public.trips
  for each row when (current_setting('fleetflow.operation', true) is distinct from 'trips.import') execute function private.note_change('trip');

drop trigger if exists _200_outbox_update on public.trips;
create trigger _200_outbox_update after update on public.trips
  for each row when (old.* is distinct from new.* and current_setting('fleetflow.operation', true) is distinct from 'trips.import') execute function private.note_change('trip');

drop trigger if exists _200_outbox_delete on public.trips;
create trigger _200_outbox_delete after delete on public.trips for each row execute function private.note_change('trip');
