-- Tools: what quantizations of the newest run were made with, as their attestations say
-- Without a tool: those that no attestation covers.
SELECT tool, tool_version, count(*) AS quantizations,
  count_if(verdict = 'VERIFIED') AS verified,
  coalesce(array_join(array_sort(array_agg(DISTINCT method)), ', '), '') AS methods
FROM latest
GROUP BY tool, tool_version
ORDER BY quantizations DESC, tool, tool_version;
