-- Journeys that are due, moved as far as they go at once. All statements run in one transaction that holds the tenant's
-- journeys, so that what one statement saw due is what the next one moves. Instants and delays are microseconds.
-- Only active journeys stand somewhere. What moves is the narrow row in `standing`; the wide one in `journeys`, with its
-- unique indexes, is touched when a journey begins and when it ends.

-- name: due
-- How many journeys are due at which step.
SELECT node, count(*) AS journeys
FROM standing
WHERE tenant = :tenant AND due <= :now AND node IS NOT NULL
GROUP BY node;

-- name: run
-- Begins the statements that name it. A run is what is done at once from a step on: the step itself and those after it
-- that wait for nothing, up to a fork. So a row of `standing` is written once, however many steps its journey takes. Of
-- circles without a wait there are none; should there be one, a run ends after more steps than a playbook has.
WITH RECURSIVE run(start, node, place) AS (
    SELECT node, node, 0 FROM nodes WHERE node IN :starts AND kind <> 'branch'
    UNION ALL
    SELECT run.start, t.node, run.place + 1
    FROM run
    JOIN nodes AS n ON n.node = run.node
    JOIN nodes AS t ON t.node = n.next_node
    WHERE t.kind NOT IN ('branch', 'end') AND t.delay = 0 AND run.place < 63
)

-- name: runs
-- The steps of the runs from some steps on, each with the kind of what comes after it.
{run}
SELECT run.start, n.kind, t.kind AS after
FROM run
JOIN nodes AS n ON n.node = run.node
LEFT JOIN nodes AS t ON t.node = n.next_node;

-- name: messages
-- Every step that sends leaves one message; its key is the same however often the step is tried. (CROSS JOIN: SQLite keeps
-- to that order, so that what is due is read once.)
{run}
INSERT INTO messages (tenant, key, learner, course, journey, node, playbook, purpose, template, details, state, due, stale, created)
SELECT s.tenant, s.journey || ':' || n.step || ':' || (s.visit + run.place), j.learner, j.course, s.journey, run.node,
       j.playbook, n.purpose, n.template, n.details, 'pending', :now, :now + n.stale, :now
FROM standing AS s
CROSS JOIN run
CROSS JOIN nodes AS n
CROSS JOIN journeys AS j
WHERE s.tenant = :tenant AND s.due <= :now AND run.start = s.node AND n.node = run.node AND j.journey = s.journey
  AND n.kind IN ('send', 'offer', 'survey', 'webhook');

-- name: messages_left
-- The same where some are there already, which are left as they are. PostgreSQL takes half as long again to look out for
-- them row by row, and the step and its message are written together: there are none but by other hands.
{messages}
ON CONFLICT DO NOTHING;

-- name: tasks
-- Every step that hands to a person asks for one task; whether the month's budget still holds it is decided next.
{run}
INSERT INTO tasks (tenant, task, learner, course, alert, journey, playbook, cause, tier, script, minutes, state, created, due)
SELECT s.tenant, s.journey || ':' || n.step || ':' || (s.visit + run.place), j.learner, j.course, j.alert, s.journey,
       j.playbook, j.cause, j.tier, n.words, CAST(n.number AS INTEGER), 'asked', :now, :now + n.within
FROM standing AS s
CROSS JOIN run
CROSS JOIN nodes AS n
CROSS JOIN journeys AS j
WHERE s.tenant = :tenant AND s.due <= :now AND run.start = s.node AND n.node = run.node AND j.journey = s.journey
  AND n.kind = 'task'
ON CONFLICT DO NOTHING;

-- name: move
-- Everybody who is due, but at a fork, goes on to the step after the run, to none where there is none.
{run}
UPDATE standing
SET node = step.target, visit = visit + step.steps, due = :now + step.delay, awaits = step.awaits
FROM (
    SELECT run.start, run.place + 1 AS steps, CASE WHEN t.kind <> 'end' THEN t.node END AS target,
           COALESCE(t.delay, 0) AS delay, COALESCE(t.awaits, '') AS awaits
    FROM run
    JOIN nodes AS n ON n.node = run.node
    LEFT JOIN nodes AS t ON t.node = n.next_node
    WHERE t.node IS NULL OR t.kind IN ('branch', 'end') OR t.delay <> 0 OR run.place = 63
) AS step
WHERE standing.tenant = :tenant AND standing.due <= :now AND standing.node = step.start;

-- name: branch
-- Whoever stands at a fork goes where the facts say; what is not known does not fit.
UPDATE standing
SET node = CASE WHEN t.kind <> 'end' THEN t.node END, visit = visit + 1, due = :now + COALESCE(t.delay, 0),
    awaits = COALESCE(t.awaits, '')
FROM (
    SELECT s.journey,
           CASE WHEN EXISTS (
               SELECT 1 FROM facts AS f
               WHERE f.tenant = j.tenant AND f.learner = j.learner AND f.fact = n.fact
                 AND (n.within IS NULL OR f.at >= :now - n.within)
                 AND CASE
                     WHEN n.fact LIKE 'event:%' THEN 1
                     WHEN n.fact LIKE 'task:%' AND f.at < j.entered THEN 0
                     WHEN n.words <> '' THEN CASE WHEN f.words = n.words THEN 1 ELSE 0 END
                     WHEN n.op = '>=' AND f.number >= n.number THEN 1
                     WHEN n.op = '>' AND f.number > n.number THEN 1
                     WHEN n.op = '<=' AND f.number <= n.number THEN 1
                     WHEN n.op = '<' AND f.number < n.number THEN 1
                     WHEN n.op = '==' AND f.number = n.number THEN 1
                     ELSE 0 END = 1
           ) THEN n.yes_node ELSE n.no_node END AS target
    FROM standing AS s
    JOIN nodes AS n ON n.node = s.node
    JOIN journeys AS j ON j.journey = s.journey
    WHERE s.tenant = :tenant AND s.due <= :now AND n.kind = 'branch'
) AS fork
LEFT JOIN nodes AS t ON t.node = fork.target
WHERE standing.journey = fork.journey;

-- name: finish
-- Who has no step left is done ...
UPDATE journeys
SET state = 'done', left_at = :now, reason = 'finished'
WHERE journey IN (SELECT journey FROM standing WHERE tenant = :tenant AND node IS NULL);

-- name: clear
-- ... and stands nowhere any more.
DELETE FROM standing WHERE tenant = :tenant AND node IS NULL;
