-- Who sees a car sees its reviews, and an author their own (an API key only those of cars that it sees); a renter reviews a completed rental of their own.
alter table public.reviews enable row level security;
alter table public.reviews force row level security;

drop policy if exists reviews_sys on public.reviews;
create policy reviews_sys on public.reviews to fleetflow_sys using (true) with check (true);

drop policy if exists reviews_read on public.reviews;
create policy reviews_read on public.reviews for select to fleetflow_fn
  using ((author_id = (select private.uid()) and (select private.key_fleet()) is null) or exists (select from public.cars as c where c.id = reviews.car_id));

drop policy if exists reviews_write on public.reviews;
create policy reviews_write on public.reviews for insert to fleetflow_fn
  with check (author_id = (select private.uid()) and exists (
    select from public.trips as t
     where t.car_id = reviews.car_id and t.id = reviews.trip_id and t.booked_by_id = (select private.uid())
       and t.purpose = 'rental' and t.status = 'completed'));
