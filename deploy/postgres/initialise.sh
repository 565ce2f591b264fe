#!/bin/bash
# Run once, by the official image, on an empty data volume: the databases and who may do what in them.
set -euo pipefail

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv metadata_password RELANCE_METADATA_PASSWORD
\getenv marts_password RELANCE_MARTS_PASSWORD
\getenv reader_password RELANCE_READER_PASSWORD
\getenv superset_password RELANCE_SUPERSET_DB_PASSWORD

create role airflow login password :'metadata_password';
create role relance login password :'marts_password';
create role superset login password :'superset_password';
-- The BI role. The limits hold unless a session changes them; what it may not do stands in its grants alone.
create role lecture login password :'reader_password' connection limit 20;
alter role lecture set statement_timeout = '60s';
alter role lecture set idle_in_transaction_session_timeout = '10min';
alter role lecture set default_transaction_read_only = on;
-- This one it cannot change itself: a sort of everything with everything would fill the disk, which is Airflow's too.
alter role lecture set temp_file_limit = '1GB';

create database airflow owner airflow;
-- Readers sort in French there.
create database relance owner relance locale_provider icu icu_locale 'fr-FR' template template0;
create database superset owner superset;

-- By default every role may connect to every database and make temporary tables in it.
revoke all on database postgres, template1, airflow, relance, superset from public;
grant connect on database relance to lecture;

\connect relance
-- By default every role may also store large objects, which would fill the disk, and hold any advisory lock: the load
-- of a publication waits for one.
do $$
declare
    reserved regprocedure;
begin
    for reserved in
        select oid from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and (
            proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite')
            or proname ~ '^pg_(try_)?advisory_(xact_)?lock'
        )
    loop
        execute format('revoke execute on function %s from public', reserved);
        execute format('grant execute on function %s to relance', reserved);
    end loop;
end $$;
SQL
