CREATE SETTINGS PROFILE IF NOT EXISTS fanzha_reading;
ALTER SETTINGS PROFILE fanzha_reading SETTINGS readonly = 1,
    max_execution_time = 60 MIN 0 MAX 60 CHANGEABLE_IN_READONLY, max_memory_usage = 2000000000,
    max_result_rows = 200000, enable_named_columns_in_function_tuple = 1, parallel_view_processing = 1, short_circuit_function_evaluation = 'disable', optimize_on_insert = 0;
CREATE USER IF NOT EXISTS fanzha_writer IDENTIFIED WITH sha256_hash BY 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
ALTER USER fanzha_writer IDENTIFIED WITH sha256_hash BY 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
CREATE USER IF NOT EXISTS fanzha_reader IDENTIFIED WITH sha256_hash BY '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d' SETTINGS PROFILE 'fanzha_reading';
ALTER USER fanzha_reader IDENTIFIED WITH sha256_hash BY '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';
CREATE USER IF NOT EXISTS grafana_ro IDENTIFIED WITH sha256_hash BY '2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6' SETTINGS PROFILE 'fanzha_reading';
ALTER USER grafana_ro IDENTIFIED WITH sha256_hash BY '2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6';
CREATE QUOTA IF NOT EXISTS fanzha_grafana FOR INTERVAL 1 minute MAX queries = 3000, execution_time = 600 TO grafana_ro;
GRANT ALL ON fanzha*.* TO fanzha_writer;
GRANT SELECT ON fanzha.* TO fanzha_reader, grafana_ro;
GRANT SELECT ON system.tables TO grafana_ro;
GRANT SELECT ON system.columns TO grafana_ro;
GRANT SELECT ON system.databases TO grafana_ro;
