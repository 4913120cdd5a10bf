-- The views of 'weighmaster sql' for those who use DuckDB themselves, tested with version 1.4. In its shell:
--
--   SET VARIABLE audit_table = '/srv/audit';
--   .read conf/duckdb.sql
--
-- They show the runs that have a row in runs at the time of each query, with the columns of all versions that have
-- written to the table. Filter on audit_date or run_id: only the folders that match are read.

SET TimeZone = 'UTC';

CREATE OR REPLACE VIEW runs AS
FROM read_parquet(
  getvariable('audit_table') || '/runs/audit_date=*/run_id=*/[!_.]*.parquet',
  union_by_name = true, hive_partitioning = true, hive_types = {'audit_date': DATE, 'run_id': VARCHAR});

CREATE OR REPLACE VIEW audit AS
FROM read_parquet(
  getvariable('audit_table') || '/audit/audit_date=*/run_id=*/[!_.]*.parquet',
  union_by_name = true, hive_partitioning = true, hive_types = {'audit_date': DATE, 'run_id': VARCHAR})
SEMI JOIN runs USING (run_id);

CREATE OR REPLACE VIEW files AS
FROM read_parquet(
  getvariable('audit_table') || '/files/audit_date=*/run_id=*/[!_.]*.parquet',
  union_by_name = true, hive_partitioning = true, hive_types = {'audit_date': DATE, 'run_id': VARCHAR})
SEMI JOIN runs USING (run_id);

CREATE OR REPLACE VIEW attestations AS
FROM read_parquet(
  getvariable('audit_table') || '/attestations/audit_date=*/run_id=*/[!_.]*.parquet',
  union_by_name = true, hive_partitioning = true, hive_types = {'audit_date': DATE, 'run_id': VARCHAR})
SEMI JOIN runs USING (run_id);

-- The rows of audit of the newest run: the newest date, of several on that the last to finish.
CREATE OR REPLACE VIEW latest AS
FROM audit
WHERE run_id = (SELECT max_by(run_id, (audit_date, finished_at, run_id)) FROM runs);

-- Functions that the queries of conf/sql use, and that DuckDB names differently.
CREATE OR REPLACE MACRO size(list) AS len(list);
CREATE OR REPLACE MACRO explode(list) AS unnest(list);
CREATE OR REPLACE MACRO array_join(list, separator) AS
  list_reduce(nullif(list_filter(list, x -> x IS NOT NULL), []), (a, b) -> a || separator || b);
