-- The one row of the relay: nothing is in the event log yet.
insert into public.event_relay (single) values (true) on conflict (single) do nothing;
