-- No driver is on two trips at once. Half-open: who ends one trip at ten may begin another at ten.
alter table public.driver_assignments drop constraint if exists driver_busy;

-- squawk-ignore constraint-missing-not-valid
alter table public.driver_assignments add constraint driver_busy
  exclude using gist (driver_id with =, period with &&);

comment on constraint driver_busy on public.driver_assignments is 'No driver is on two trips at once.';
