-- The questions put to the lake's events. Each has a name; lines of dashes separate them.

-- done: what was learned on a day, by course.
CREATE TABLE done AS
SELECT learner, course, event_day AS day, coalesce(sum(value) FILTER (verb = 'video_watched'), 0) AS seconds,
  count(*) FILTER (verb IN ('quiz_passed', 'quiz_failed')) AS exams, count(*) FILTER (verb = 'quiz_viewed') AS quizzes
FROM read_parquet($1) WHERE course <> '' AND verb NOT IN ('enrolled', 'rated') GROUP BY ALL
----
-- bought: what was paid for.
CREATE TABLE bought AS
SELECT learner, event_day AS day, object AS plan, event_id,
  CASE object WHEN 'Monthly' THEN 1 WHEN 'Quarterly' THEN 3 WHEN 'Annual' THEN 12 END AS months
FROM read_parquet($1) WHERE verb IN ('paid', 'renewed')
----
-- ending: paid periods that were still not renewed a week before their end, and what became of them.
WITH covered AS (
  SELECT learner, plan, lead(day) OVER ordered AS next,
    max((day + to_months(months))::DATE) OVER (ordered ROWS UNBOUNDED PRECEDING) AS ends
  FROM bought WINDOW ordered AS (PARTITION BY learner ORDER BY day, event_id)
)
SELECT learner, plan, (ends - {before})::DATE AS as_of, coalesce(next > ends + {to_renew}, true) AS lapsed FROM covered
WHERE (next IS NULL OR next > ends - {before}) AND ends - {before} > DATE '{after}'
  AND ends + {to_renew} <= DATE '{until}'
ORDER BY as_of, learner
----
-- windows: the reference's, of each row of `keys`.
SELECT any_value(k.as_of) - max(d.day) AS absent, any_value(k.as_of) - min(d.day) AS since, count(d.day) AS days,
  count(*) FILTER (age < 3) AS d3, count(*) FILTER (age < 7) AS d7, count(*) FILTER (age < 14) AS d14,
  count(*) FILTER (age < 28) AS d28, sum(seconds) AS total, sum(seconds) FILTER (age < 3) AS s3,
  sum(seconds) FILTER (age < 7) AS s7, sum(seconds) FILTER (age >= 7 AND age < 14) AS p7,
  sum(seconds) FILTER (age < 28) AS s28, sum(exams) AS exams, sum(quizzes) AS quizzes,
  any_value(b.payments) AS payments, any_value(b.since_paid) AS since_paid, any_value(b.months) AS months
FROM keys k
LEFT JOIN (
  SELECT n, d.*, as_of - day AS age FROM keys JOIN done d USING (learner) WHERE day <= as_of AND {same}
) d USING (n)
LEFT JOIN (
  SELECT n, count(*) AS payments, min(as_of - day) AS since_paid, arg_max(months, day) AS months
  FROM keys JOIN bought USING (learner) WHERE day <= as_of GROUP BY n
) b USING (n)
GROUP BY k.n ORDER BY k.n
----
-- picked: of who is due on the day, the enrolment last learned in.
SELECT s.* EXCLUDE (outcome), lapsed AS outcome FROM day s JOIN due USING (learner) WHERE due.as_of = DATE '{as_of}'
QUALIFY row_number() OVER (PARTITION BY learner ORDER BY days_absent, activity_30d DESC, s.course) = 1 ORDER BY learner
