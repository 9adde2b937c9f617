-- The plain reference's twenty windows at course day {t}, of the learners still registered.
WITH e AS (SELECT * FROM reg JOIN lengths USING (m, p) WHERE (r <= {t} OR r IS NULL) AND (u IS NULL OR u > {t})),
w AS (
  SELECT m, p, s, max(d) last, count(*) ad, sum(n) tot,
    sum(CASE WHEN d > {t} - 7 THEN n ELSE 0 END) n7, sum(CASE WHEN d > {t} - 14 AND d <= {t} - 7 THEN n ELSE 0 END) p7,
    sum(CASE WHEN d > {t} - 28 THEN n ELSE 0 END) n28, sum(CASE WHEN d > {t} - 7 THEN 1 ELSE 0 END) a7,
    sum(CASE WHEN d > {t} - 14 THEN 1 ELSE 0 END) a14, sum(CASE WHEN d > {t} - 28 THEN 1 ELSE 0 END) a28,
    sum(k) sites, sum(CASE WHEN d < 0 THEN n ELSE 0 END) pre
  FROM day WHERE d <= {t} GROUP BY ALL
),
q AS (
  SELECT m, p, s, avg(score) sc, count(*) sub, sum(CASE WHEN d <= due THEN 1 ELSE 0 END) ontime, min(score) mins
  FROM sa WHERE d <= {t} GROUP BY ALL
),
after AS (SELECT DISTINCT m, p, s, 1 seen FROM day WHERE d > {t} AND d <= {t} + 14)
SELECT e.m, e.p, e.s, {t} t, {t} - coalesce(last, -60) absent, coalesce(ad, 0) ad, coalesce(tot, 0) tot, coalesce(n7, 0) n7,
  coalesce(p7, 0) p7, coalesce(n28, 0) n28, coalesce(a7, 0) a7, coalesce(a14, 0) a14, coalesce(a28, 0) a28,
  coalesce(sites, 0) sites, coalesce(pre, 0) pre, sc, coalesce(sub, 0) sub, ontime, mins, r,
  (u IS NOT NULL AND u <= {t} + 28)::int soon, coalesce(seen, 0) seen, course_days
FROM e LEFT JOIN w USING (m, p, s) LEFT JOIN q USING (m, p, s) LEFT JOIN after USING (m, p, s)
ORDER BY e.m, e.p, e.s
