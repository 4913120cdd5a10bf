-- Organisations: how many quantizations of each have which verdict in the newest run
-- The first part of a repository's name; the most that are not VERIFIED first.
SELECT split_part(repository, '/', 1) AS organisation,
  count(*) AS quantizations,
  count_if(verdict = 'VERIFIED') AS verified,
  count_if(verdict = 'UNVERIFIED') AS unverified,
  count_if(verdict = 'BROKEN') AS broken,
  count_if(verdict = 'ERROR') AS errors
FROM latest
GROUP BY ALL
ORDER BY quantizations - verified DESC, organisation;
