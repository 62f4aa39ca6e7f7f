-- What: whether the caller may store a trip of this renter in this fleet: renters their own rentals, by an API key in its fleet alone;
--   owners and managers any. One call for one row: an insert would have PostgreSQL prepare three subqueries instead.
-- Who: the policy trips_book.
create or replace function private.may_book(fleet_id uuid, booked_by_id uuid, purpose text) returns boolean
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return (may_book.purpose = 'rental' and may_book.booked_by_id = private.uid() and may_book.fleet_id = coalesce(private.key_fleet(), may_book.fleet_id))
    or coalesce(private.my_role(may_book.fleet_id) in ('owner', 'manager'), false);
end
$$;

comment on function private.may_book(uuid, uuid, text) is 'Whether the caller may store a trip.';
revoke all on function private.may_book(uuid, uuid, text) from public;
grant execute on function private.may_book(uuid, uuid, text) to fleetflow_fn;
