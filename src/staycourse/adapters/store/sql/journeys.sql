-- Journeys that are due, moved one step each. All statements run in one transaction that holds the tenant's journeys, so that
-- what one statement saw due is what the next one moves. Instants and delays are microseconds.

-- name: messages
-- Every step that sends leaves one message; its key is the same however often the step is tried.
INSERT INTO messages (tenant, key, learner, course, journey, node, playbook, purpose, template, details, state, due, stale, created)
SELECT j.tenant, j.journey || ':' || n.step || ':' || j.visit, j.learner, j.course, j.journey, j.node, j.playbook,
       n.purpose, n.template, n.details, 'pending', :now, :now + n.stale, :now
FROM journeys AS j
JOIN nodes AS n ON n.node = j.node
WHERE j.tenant = :tenant AND j.state = 'active' AND j.due <= :now
  AND n.kind IN ('send', 'offer', 'survey', 'webhook')
ON CONFLICT DO NOTHING;

-- name: tasks
-- Every step that hands to a person asks for one task; whether the month's budget still holds it is decided next.
INSERT INTO tasks (tenant, task, learner, course, alert, journey, playbook, cause, tier, script, minutes, state, created, due)
SELECT j.tenant, j.journey || ':' || n.step || ':' || j.visit, j.learner, j.course, j.alert, j.journey, j.playbook,
       j.cause, j.tier, n.words, CAST(n.number AS INTEGER), 'asked', :now, :now + n.within
FROM journeys AS j
JOIN nodes AS n ON n.node = j.node
WHERE j.tenant = :tenant AND j.state = 'active' AND j.due <= :now AND n.kind = 'task'
ON CONFLICT DO NOTHING;

-- name: branch
-- Whoever stands at a fork goes where the facts say; what is not known does not fit.
UPDATE journeys
SET node = fork.target, visit = visit + 1, due = :now + COALESCE(t.delay, 0), awaits = COALESCE(t.awaits, ''),
    state = CASE WHEN t.node IS NULL OR t.kind = 'end' THEN 'done' ELSE 'active' END,
    left_at = CASE WHEN t.node IS NULL OR t.kind = 'end' THEN :now END,
    reason = CASE WHEN t.node IS NULL OR t.kind = 'end' THEN 'finished' ELSE '' END
FROM (
    SELECT j.journey,
           CASE WHEN EXISTS (
               SELECT 1 FROM facts AS f
               WHERE f.tenant = j.tenant AND f.learner = j.learner AND f.fact = n.fact
                 AND (n.within IS NULL OR f.at >= :now - n.within)
                 AND CASE
                     WHEN n.fact LIKE 'event:%' THEN 1
                     WHEN n.words <> '' THEN CASE WHEN f.words = n.words THEN 1 ELSE 0 END
                     WHEN n.op = '>=' AND f.number >= n.number THEN 1
                     WHEN n.op = '>' AND f.number > n.number THEN 1
                     WHEN n.op = '<=' AND f.number <= n.number THEN 1
                     WHEN n.op = '<' AND f.number < n.number THEN 1
                     WHEN n.op = '==' AND f.number = n.number THEN 1
                     ELSE 0 END = 1
           ) THEN n.yes_node ELSE n.no_node END AS target
    FROM journeys AS j
    JOIN nodes AS n ON n.node = j.node
    WHERE j.tenant = :tenant AND j.state = 'active' AND j.due <= :now AND n.kind = 'branch'
) AS fork
LEFT JOIN nodes AS t ON t.node = fork.target
WHERE journeys.journey = fork.journey;

-- name: move
-- Everybody else who is due goes on to the next step; where there is none the journey is done.
UPDATE journeys
SET node = step.target, visit = visit + 1, due = :now + step.delay, awaits = step.awaits, state = step.state,
    left_at = CASE WHEN step.state = 'done' THEN :now END,
    reason = CASE WHEN step.state = 'done' THEN 'finished' ELSE '' END
FROM (
    SELECT n.node AS here, t.node AS target, COALESCE(t.delay, 0) AS delay, COALESCE(t.awaits, '') AS awaits,
           CASE WHEN t.node IS NULL OR t.kind = 'end' THEN 'done' ELSE 'active' END AS state
    FROM nodes AS n
    LEFT JOIN nodes AS t ON t.node = n.next_node
    WHERE n.tenant = :tenant AND n.kind <> 'branch'
) AS step
WHERE journeys.tenant = :tenant AND journeys.state = 'active' AND journeys.due <= :now AND journeys.node = step.here;
