-- From OULAD's tables (views <table>_source, all columns text) to one table `facts` of whole numbers in order of time.
-- Each staged table carries `fault` = 'field: reason' for a row that cannot be used; those go to the side file.
-- Statements are separated by a line of dashes and run in turn.

create temp macro whole(x) as  -- the whole number written as 12, 12.0 or -3; null where it is none
    case when try_cast(x as double) = floor(try_cast(x as double)) then try_cast(try_cast(x as double) as bigint) end
----
create temp macro days(x) as  -- a whole number of days, within a hundred years
    case when whole(x) between -36500 and 36500 then whole(x)::int end
----
create temp macro bad_days(x) as x is not null and days(x) is null
----
create temp macro hundredths(x) as try_cast(round(try_cast(x as double) * 100) as bigint)
----
-- The presentations: B begins on 1 February, J on 1 October (the dataset's own description says "February" and "October").
create table presentations_staged as
select line, file, code_module as module, code_presentation as presentation,
       code_module || '-' || code_presentation as course,
       case when regexp_full_match(code_presentation, '(19|20)[0-9]{2}[BJ]')
            then date_diff('day', date '1970-01-01', make_date(left(code_presentation, 4)::int,
                           case when right(code_presentation, 1) = 'B' then 2 else 10 end, 1)) end::int as starts,
       days(module_presentation_length) as length,
       case when code_module is null then 'code_module: it is missing'
            when starts is null then 'code_presentation: it is not a year followed by B or J'
            when length is null or length not between 1 and 3660 then 'module_presentation_length: it is not a number of days'
            when row_number() over (partition by code_module, code_presentation order by line) > 1
                 then 'code_presentation: the same presentation stands above'
       end as fault
from courses_source
----
create table presentations as
select (row_number() over (order by module, presentation) - 1)::smallint as p, module, presentation, course, starts, length
from presentations_staged where fault is null
----
create table sites_staged as
select line, file, p, whole(id_site) as site, activity_type as kind,
       case when p is null then 'code_presentation: there is no such presentation in courses'
            when site is null or site < 1 then 'id_site: it is not a whole number above 0'
            when kind is null then 'activity_type: it is missing'
            when row_number() over (partition by p, site order by line) > 1 then 'id_site: the same page stands above'
       end as fault
from vle_source left join presentations on module = code_module and presentation = code_presentation
----
create table sites as select p, site, kind from sites_staged where fault is null
----
create table tasks_staged as
select line, file, p, whole(id_assessment) as task, assessment_type as kind, days(date) as due,
       hundredths(weight) as weight,
       case when p is null then 'code_presentation: there is no such presentation in courses'
            when task is null or task < 1 then 'id_assessment: it is not a whole number above 0'
            when kind is null then 'assessment_type: it is missing'
            when bad_days(date) then 'date: it is not a whole number of days'
            when hundredths(weight) is null then 'weight: it is not a number'
            when row_number() over (partition by task order by line) > 1 then 'id_assessment: the same assessment stands above'
       end as fault
from assessments_source left join presentations on module = code_module and presentation = code_presentation
----
create table tasks as select p, task, kind, due, weight from tasks_staged where fault is null
----
create table registrations_staged as
select r.line, r.file, p, whole(r.id_student) as learner, days(date_registration) as registered,
       days(date_unregistration) as unregistered, coalesce(whole(num_of_prev_attempts), 0) as attempts,
       whole(studied_credits) as credits, final_result as result,
       case when p is null then 'code_presentation: there is no such presentation in courses'
            when learner is null then 'id_student: it is not a whole number'
            when bad_days(date_registration) then 'date_registration: it is not a whole number of days'
            when bad_days(date_unregistration) then 'date_unregistration: it is not a whole number of days'
            when row_number() over (partition by p, learner order by r.line, i.line) > 1
                 then 'id_student: the same registration stands above'
       end as fault
from studentRegistration_source r
left join presentations on module = r.code_module and presentation = r.code_presentation
left join studentInfo_source i on i.code_module = r.code_module and i.code_presentation = r.code_presentation
     and whole(i.id_student) = whole(r.id_student)
----
create table registrations as
select line, p, learner, registered, unregistered, attempts, credits, result from registrations_staged where fault is null
----
create table results_staged as
select a.line, a.file, p, task, whole(id_student) as learner, days(date_submitted) as day, due,
       coalesce(whole(is_banked), 0) as banked, hundredths(score) as score,
       case when whole(id_assessment) is null then 'id_assessment: it is not a whole number'
            when task is null then 'id_assessment: there is no such assessment in assessments'
            when learner is null then 'id_student: it is not a whole number'
            when day is null then 'date_submitted: it is not a whole number of days'
            when score is null and a.score is not null then 'score: it is not a number'
            when row_number() over (partition by task, learner order by a.line) > 1 then 'id_student: the same result stands above'
       end as fault
from studentAssessment_source a left join tasks on task = whole(id_assessment)
----
create table results as
select line, p, task, learner, day, due, banked, score from results_staged where fault is null
----
-- A learner's clicks on a page on a day may stand in several rows, even in equal ones: `n` numbers them, by clicks, so
-- that each row is a fact of its own whatever the order of the file.
create table clicks_staged as
select line::int as line, file, c.p, s.site is not null as known, whole(id_student) as learner, whole(id_site) as site,
       days(date) as day, whole(sum_click) as clicks,
       case when c.p is null then 'code_presentation: there is no such presentation in courses'
            when learner is null then 'id_student: it is not a whole number'
            when whole(id_site) is null then 'id_site: it is not a whole number'
            when s.site is null then 'id_site: there is no such page in vle'
            when day is null then 'date: it is not a whole number of days'
            when clicks is null then 'sum_click: it is not a whole number'
       end as fault
from studentVle_source v
left join presentations c on c.module = v.code_module and c.presentation = v.code_presentation
left join sites s on s.p = c.p and s.site = whole(v.id_site)
----
create table enrolments as  -- an unknown registration date: the start, or the first sign of the learner if that was earlier
select r.*, coalesce(registered, least(0, first_day, unregistered)) as enrolled
from registrations r left join (select p, learner, min(day) as first_day from clicks_staged where fault is null group by all) using (p, learner)
----
-- What was due of whom: of those registered at the end of the due day, without results carried over from an earlier
-- presentation (nothing is asked of them), and only where the dataset has results at all (of most exams it has none).
create table dues as
select e.p, e.learner, t.task, t.due, weight, e.line, r.day is null or r.day > t.due as missed
from enrolments e join tasks t on t.p = e.p left join results r on r.task = t.task and r.learner = e.learner
where t.due is not null and enrolled <= t.due and (unregistered is null or unregistered > t.due)
  and coalesce(r.banked, 0) = 0 and t.task in (select task from results)
----
-- kind: 0 enrolled, 1 study load, 2 clicks, 3 submitted, 4 graded, 5 due, 6 missed, 7 withdrawn, 8 completed (also their
-- order within a day). day: counted from 1970-01-01. thing: the page, the assessment
-- below zero, 0 none.
create table facts as
with every as (
    select p, learner, enrolled as day, 0 as kind, 0 as thing, attempts as value, 1 as n, line from enrolments
    union all
    select p, learner, enrolled, 1, 0, credits, 1, line from enrolments where credits is not null
    union all
    select p, learner, day, 2, site, clicks,
           row_number() over (partition by p, learner, site, day order by clicks), line
    from clicks_staged where fault is null
    union all  -- banked: carried over from an earlier presentation, nothing was submitted now
    select p, learner, day, 3, -task, (day - due) * 1440, 1, line from results where banked = 0
    union all  -- the day of marking is not in the dataset; the day of submission stands for it
    select p, learner, day, 4, -task, score, 1, line from results where banked = 0 and score is not null
    union all
    select p, learner, due, 5, -task, weight, 1, line from dues
    union all
    select p, learner, due, 6, -task, weight, 1, line from dues where missed
    union all
    select p, learner, unregistered, 7, 0, null, 1, line from enrolments where unregistered is not null
    union all
    select p, learner, length, 8, 0, null, 1, line from enrolments join presentations using (p)
    where result in ('Pass', 'Distinction') and unregistered is null
)
select (starts + day)::int as day, kind::tinyint as kind, p, learner::bigint as learner, thing::bigint as thing,
       value::bigint as value, n::int as n, line::int as line
from every join presentations using (p)
order by day, kind, p, learner, thing, n
