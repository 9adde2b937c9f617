-- Journeys that are due, moved one step each. All statements run in one transaction that holds the tenant's journeys, so that
-- what one statement saw due is what the next one moves. Instants and delays are microseconds.
-- Only active journeys stand somewhere. What moves is the narrow row in `standing`; the wide one in `journeys`, with its
-- unique indexes, is touched when a journey begins and when it ends.

-- name: kinds
-- Which kinds of steps are due at all, so that no statement runs for nothing.
SELECT DISTINCT n.kind
FROM standing AS s
JOIN nodes AS n ON n.node = s.node
WHERE s.tenant = :tenant AND s.due <= :now;

-- name: messages
-- Every step that sends leaves one message; its key is the same however often the step is tried.
INSERT INTO messages (tenant, key, learner, course, journey, node, playbook, purpose, template, details, state, due, stale, created)
SELECT j.tenant, j.journey || ':' || n.step || ':' || s.visit, j.learner, j.course, j.journey, s.node, j.playbook,
       n.purpose, n.template, n.details, 'pending', :now, :now + n.stale, :now
FROM standing AS s
JOIN nodes AS n ON n.node = s.node
JOIN journeys AS j ON j.journey = s.journey
WHERE s.tenant = :tenant AND s.due <= :now AND n.kind IN ('send', 'offer', 'survey', 'webhook')
ON CONFLICT DO NOTHING;

-- name: tasks
-- Every step that hands to a person asks for one task; whether the month's budget still holds it is decided next.
INSERT INTO tasks (tenant, task, learner, course, alert, journey, playbook, cause, tier, script, minutes, state, created, due)
SELECT j.tenant, j.journey || ':' || n.step || ':' || s.visit, j.learner, j.course, j.alert, j.journey, j.playbook,
       j.cause, j.tier, n.words, CAST(n.number AS INTEGER), 'asked', :now, :now + n.within
FROM standing AS s
JOIN nodes AS n ON n.node = s.node
JOIN journeys AS j ON j.journey = s.journey
WHERE s.tenant = :tenant AND s.due <= :now AND n.kind = 'task'
ON CONFLICT DO NOTHING;

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

-- name: move
-- Everybody else who is due goes on to the next step, to none where there is none.
UPDATE standing
SET node = step.target, visit = visit + 1, due = :now + step.delay, awaits = step.awaits
FROM (
    SELECT n.node AS here, CASE WHEN t.kind <> 'end' THEN t.node END AS target, COALESCE(t.delay, 0) AS delay,
           COALESCE(t.awaits, '') AS awaits
    FROM nodes AS n
    LEFT JOIN nodes AS t ON t.node = n.next_node
    WHERE n.tenant = :tenant AND n.kind <> 'branch'
) AS step
WHERE standing.tenant = :tenant AND standing.due <= :now AND standing.node = step.here;

-- name: finish
-- Who has no step left is done ...
UPDATE journeys
SET state = 'done', left_at = :now, reason = 'finished'
WHERE journey IN (SELECT journey FROM standing WHERE tenant = :tenant AND node IS NULL);

-- name: clear
-- ... and stands nowhere any more.
DELETE FROM standing WHERE tenant = :tenant AND node IS NULL;
