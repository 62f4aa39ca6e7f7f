-- What: whether a code is of a currency that ISO 4217 lists today, units of account of Chile and Uruguay among them.
-- Who: functions that take a currency from people. What an import brings may be older.
create or replace function private.is_currency(code text) returns boolean
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(length(is_currency.code) = 3 and is_currency.code = any (string_to_array(
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE '
    'CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES '
    'KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR '
    'NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND '
    'TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG', ' ')), false)
$$;

comment on function private.is_currency(text) is 'Whether a currency is known by this code.';
revoke all on function private.is_currency(text) from public;
grant execute on function private.is_currency(text) to fleetflow_fn, fleetflow_sys;
