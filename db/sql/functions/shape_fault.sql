-- What: the path of the first place where a JSON value is not of a shape; NULL where it is. A shape is [least, most] for a whole number,
--   a pattern for text, true for a boolean, {"each": shape, "least": n, "most": n} for a list, else an object's keys, optional with `?`.
-- Who: rules_fault.
create or replace function private.shape_fault(value jsonb, shape jsonb, path text) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_key text;
  v_shape jsonb;
  v_fault text;
  v_kind text := coalesce(jsonb_typeof(shape_fault.value), 'absent');
begin
  case jsonb_typeof(shape_fault.shape)
    when 'array' then
      return case when v_kind = 'number' and shape_fault.value::text ~ '^\d{1,15}$'
        and shape_fault.value::bigint between (shape_fault.shape ->> 0)::bigint and (shape_fault.shape ->> 1)::bigint then null else shape_fault.path end;
    when 'string' then
      return case when v_kind = 'string' and shape_fault.value #>> '{}' ~ (shape_fault.shape #>> '{}') then null else shape_fault.path end;
    when 'boolean' then
      return case when v_kind = 'boolean' then null else shape_fault.path end;
    else null;
  end case;
  if shape_fault.shape ? 'each' then
    if v_kind <> 'array' or jsonb_array_length(shape_fault.value) not between (shape ->> 'least')::integer and (shape ->> 'most')::integer then
      return shape_fault.path;
    end if;
    for i in 0 .. jsonb_array_length(shape_fault.value) - 1 loop
      v_fault := private.shape_fault(shape_fault.value -> i, shape_fault.shape -> 'each', concat_ws('.', shape_fault.path, i));
      exit when v_fault is not null;
    end loop;
    return v_fault;
  end if;
  if v_kind <> 'object' then
    return shape_fault.path;
  end if;
  for v_key, v_shape in select s.key, s.value from jsonb_each(shape_fault.shape) as s loop
    continue when v_key like '%?' and not shape_fault.value ? rtrim(v_key, '?');
    v_key := rtrim(v_key, '?');
    v_fault := private.shape_fault(shape_fault.value -> v_key, v_shape, concat_ws('.', shape_fault.path, v_key));
    if v_fault is not null then
      return v_fault;
    end if;
  end loop;
  for v_key in select jsonb_object_keys(shape_fault.value) loop
    if not shape_fault.shape ?| array[v_key, v_key || '?'] then
      return concat_ws('.', shape_fault.path, v_key);
    end if;
  end loop;
  return null;
end
$$;

comment on function private.shape_fault(jsonb, jsonb, text) is 'Where a JSON value is not of a shape.';
revoke all on function private.shape_fault(jsonb, jsonb, text) from public;
grant execute on function private.shape_fault(jsonb, jsonb, text) to fleetflow_fn, fleetflow_sys;
