-- What: every car whose rating aggregates differ from their recomputation. No rows is the guarantee.
-- Who: administrators, through verify.
create or replace function private.verify_ratings() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  with counted as (
    select r.car_id, sum(r.rating) as rating_sum, count(*) as total_reviews,
           array[count(*) filter (where r.rating = 1), count(*) filter (where r.rating = 2), count(*) filter (where r.rating = 3),
                 count(*) filter (where r.rating = 4), count(*) filter (where r.rating = 5)]::integer[] as histogram
      from public.reviews as r
     group by r.car_id
  ), expected as (
    select c.id, c.rating_sum, c.total_reviews, c.rating_histogram, c.avg_rating, coalesce(n.rating_sum, 0) as true_sum,
           coalesce(n.total_reviews, 0) as true_reviews, coalesce(n.histogram, '{0,0,0,0,0}') as true_histogram,
           n.rating_sum::numeric / n.total_reviews as true_average
      from public.cars as c left join counted as n on n.car_id = c.id
  )
  select jsonb_build_object('carId', e.id,
           'stored', jsonb_build_object('ratingSum', e.rating_sum, 'totalReviews', e.total_reviews,
             'ratingHistogram', to_jsonb(e.rating_histogram), 'avgRating', e.avg_rating),
           'recomputed', jsonb_build_object('ratingSum', e.true_sum, 'totalReviews', e.true_reviews,
             'ratingHistogram', to_jsonb(e.true_histogram), 'avgRating', e.true_average))
    from expected as e
   where (e.rating_sum, e.total_reviews, e.rating_histogram) is distinct from (e.true_sum, e.true_reviews, e.true_histogram)
      or e.avg_rating is distinct from e.true_average
   order by e.id
$$;

comment on function private.verify_ratings() is 'Cars whose rating aggregates differ from their reviews.';
alter function private.verify_ratings() owner to fleetflow_sys;
revoke all on function private.verify_ratings() from public;
