-- Unverified by downloads: what is not VERIFIED in the newest run, the most downloaded first
-- The table does not know how often anything is downloaded. Get the counts from your hub, as a CSV file with
-- the header "repository,downloads"; what it does not name comes last, with no count.
-- :downloads csv(repository STRING, downloads BIGINT): that file
-- :limit number = 50: how many rows
SELECT repository, quantization, verdict, reason, counted.downloads
FROM latest
LEFT JOIN (SELECT repository, max(downloads) AS downloads FROM downloads GROUP BY repository) AS counted
  USING (repository)
WHERE verdict <> 'VERIFIED'
ORDER BY counted.downloads DESC NULLS LAST, repository, quantization
LIMIT :limit;
