-- Who may do what on a ClickHouse server; an administrator runs it: `fanzha users`. Passwords come as SHA-256.
-- Limits are the server's own, because whoever may look at a Grafana panel may send any SQL.
-- Whoever only reads may ask for the program's own settings because they stand in the profile already.
CREATE SETTINGS PROFILE IF NOT EXISTS fanzha_reading;
ALTER SETTINGS PROFILE fanzha_reading SETTINGS readonly = 1,
    max_execution_time = 60 MIN 0 MAX 60 CHANGEABLE_IN_READONLY, max_memory_usage = 2000000000,
    max_result_rows = 200000, {{settings}};
CREATE USER IF NOT EXISTS fanzha_writer IDENTIFIED WITH sha256_hash BY '{{writer}}';
ALTER USER fanzha_writer IDENTIFIED WITH sha256_hash BY '{{writer}}';
CREATE USER IF NOT EXISTS fanzha_reader IDENTIFIED WITH sha256_hash BY '{{reader}}' SETTINGS PROFILE 'fanzha_reading';
ALTER USER fanzha_reader IDENTIFIED WITH sha256_hash BY '{{reader}}';
CREATE USER IF NOT EXISTS grafana_ro IDENTIFIED WITH sha256_hash BY '{{grafana}}' SETTINGS PROFILE 'fanzha_reading';
ALTER USER grafana_ro IDENTIFIED WITH sha256_hash BY '{{grafana}}';
CREATE QUOTA IF NOT EXISTS fanzha_grafana FOR INTERVAL 1 minute MAX queries = 3000, execution_time = 600 TO grafana_ro;
GRANT ALL ON {{database}}*.* TO fanzha_writer;
GRANT SELECT ON {{database}}.* TO fanzha_reader, grafana_ro;
GRANT SELECT ON system.tables TO grafana_ro;
GRANT SELECT ON system.columns TO grafana_ro;
GRANT SELECT ON system.databases TO grafana_ro;
