-- What: moves a car's rating_sum, total_reviews and rating_histogram by one review, in constant time and exactly.
-- Who: the triggers on reviews. Runs as fleetflow_sys: a renter may not update a car.
create or replace function private.apply_review() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    update public.cars as c
       set rating_sum = c.rating_sum - old.rating,
           total_reviews = c.total_reviews - 1,
           rating_histogram[old.rating] = c.rating_histogram[old.rating] - 1
     where c.id = old.car_id;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    update public.cars as c
       set rating_sum = c.rating_sum + new.rating,
           total_reviews = c.total_reviews + 1,
           rating_histogram[new.rating] = c.rating_histogram[new.rating] + 1
     where c.id = new.car_id;
  end if;
  return null;
end
$$;

comment on function private.apply_review() is 'Keeps a car''s rating aggregates equal to its reviews.';
alter function private.apply_review() owner to fleetflow_sys;
revoke all on function private.apply_review() from public;
