-- From 365's tables (views <table>_source, all columns text) to one table `facts` in order of time.
-- Each staged table carries `fault` = 'field: reason' for a row that cannot be used; those go to the side file.
-- The dataset knows days only. Statements are separated by a line of dashes and run in turn.

create temp macro whole(x) as
    case when try_cast(x as double) = floor(try_cast(x as double)) then try_cast(try_cast(x as double) as bigint) end
----
create temp macro day(x) as  -- days since 1970-01-01 of a date written 2022-03-31
    case when try_cast(x as date) between date '2000-01-01' and date '2100-01-01'
         then date_diff('day', date '1970-01-01', try_cast(x as date))::int end
----
create table courses_staged as
select line, file, course_id as course, course_title as title,
       case when course is null then 'course_id: it is missing'
            when row_number() over (partition by course order by line) > 1 then 'course_id: the same course stands above'
       end as fault
from course_info_source
----
create table learners_staged as
select line, file, student_id as learner, day(date_registered) as joined, upper(student_country) as country,
       case when learner is null then 'student_id: it is missing'
            when joined is null then 'date_registered: it is not a date'
            when row_number() over (partition by learner order by line) > 1 then 'student_id: the same student stands above'
       end as fault
from student_info_source
----
create table watched_staged as
select line, file, student_id as learner, course_id as course, day(date_watched) as day,
       try_cast(round(try_cast(minutes_watched as double) * 60) as bigint) as seconds,
       case when learner is null then 'student_id: it is missing'
            when course_id is null then 'course_id: it is missing'
            when day is null then 'date_watched: it is not a date'
            when seconds is null then 'minutes_watched: it is not a number'
            when row_number() over (partition by learner, course, day order by line) > 1
                 then 'date_watched: the same student, course and day stand above'
       end as fault
from student_learning_source
----
create table watched as select line, learner, course, day, seconds from watched_staged where fault is null
----
create table watching as  -- one course a day: were there more, the one watched longest
select learner, day, arg_max(course, (seconds, course)) as course from watched group by learner, day
----
create table rated_staged as
select line, file, student_id as learner, course_id as course, day(date_rated) as day,
       try_cast(round(try_cast(course_rating as double) * 100) as bigint) as rating,
       case when learner is null then 'student_id: it is missing'
            when course_id is null then 'course_id: it is missing'
            when day is null then 'date_rated: it is not a date'
            when rating is null then 'course_rating: it is not a number'
            when row_number() over (partition by learner, course, day order by line) > 1
                 then 'date_rated: the same student, course and day stand above'
       end as fault
from course_ratings_source
----
-- Exams, quizzes and questions do not name their course: it is the one watched that day, else the last one watched before. Never a later one: that would tell the past what came after.
create table exams_staged as
select e.line, e.file, exam_attempt_id as attempt, e.student_id as learner, exam_id as exam, day(date_exam_completed) as day,
       try_cast(round(try_cast(exam_result as double) * 100) as bigint) as result, w.course,
       case when attempt is null then 'exam_attempt_id: it is missing'
            when e.student_id is null then 'student_id: it is missing'
            when e.day is null then 'date_exam_completed: it is not a date'
            when result is null then 'exam_result: it is not a number'
            when row_number() over (partition by attempt order by e.line) > 1 then 'exam_attempt_id: the same attempt stands above'
            when w.course is null then 'course: the student had watched no course by then, so it cannot be told'
       end as fault
from (select *, day(date_exam_completed) as day from student_exams_source) e
asof left join watching w on w.learner = e.student_id and w.day <= e.day
----
create table engaged_staged as
select e.line, e.file, engagement_id as engagement, e.student_id as learner, e.day, whole(engagement_quizzes) as quizzes, w.course,
       case when e.student_id is null then 'student_id: it is missing'
            when e.day is null then 'date_engaged: it is not a date'
            when row_number() over (partition by e.student_id, e.day order by e.line) > 1
                 then 'date_engaged: the same student and day stand above'
       end as fault
from (select *, day(date_engaged) as day from student_engagement_source) e
asof left join watching w on w.learner = e.student_id and w.day <= e.day
----
create table asked_staged as
select e.line, e.file, hub_question_id as question, e.student_id as learner, e.day, w.course,
       case when question is null then 'hub_question_id: it is missing'
            when e.student_id is null then 'student_id: it is missing'
            when e.day is null then 'date_question_asked: it is not a date'
            when row_number() over (partition by question order by e.line) > 1 then 'hub_question_id: the same question stands above'
            when w.course is null then 'course: the student had watched no course by then, so it cannot be told'
       end as fault
from (select *, day(date_question_asked) as day from student_hub_questions_source) e
asof left join watching w on w.learner = e.student_id and w.day <= e.day
----
create table purchases_staged as
select line, file, purchase_id as purchase, student_id as learner, day(date_purchased) as day, purchase_type as plan,
       case plan when 'Monthly' then 1 when 'Quarterly' then 3 when 'Annual' then 12 end as months,
       case when purchase is null then 'purchase_id: it is missing'
            when learner is null then 'student_id: it is missing'
            when day is null then 'date_purchased: it is not a date'
            when months is null then 'purchase_type: it is not Monthly, Quarterly or Annual'
            when row_number() over (partition by purchase order by line) > 1 then 'purchase_id: the same purchase stands above'
       end as fault
from student_purchases_source
----
-- Until when each purchase, with those before it, has paid; three days are given to renew before it counts as expired.
create table purchases as
with covered as (
    select line, purchase, learner, day, plan,
           max(date_diff('day', date '1970-01-01',
                         (date '1970-01-01' + day + to_months(months))::date)::int + 3)
               over (partition by learner order by day, purchase rows unbounded preceding) as until
    from purchases_staged where fault is null
)
select *, lag(until) over ordered as before, lead(day) over ordered as next
from covered window ordered as (partition by learner order by day, purchase)
----
create table courses as  -- some courses are watched without standing in course_info: they have no title
select course, coalesce(any_value(title), '') as title from (
    select course, title from courses_staged where fault is null union all
    select distinct course, null from watched union all
    select distinct course, null from rated_staged where fault is null
) group by course
----
create table last_days as  -- the last day the dataset knows of: what had not expired by then is not known
select max(day) as day from (
    select max(day) as day from watched union all
    select max(day) from engaged_staged where fault is null union all
    select max(day) from purchases
)
----
create table activity as
select learner, course, day, line, 'student_learning' as file, 'watched' as word, 'video_watched' as verb, '' as object,
       seconds as value, concat_ws('|', learner, course, day) as key
from watched
union all
select learner, course, day, line, 'course_ratings', 'rated', 'rated', 'course/' || course, rating, concat_ws('|', learner, course, day)
from rated_staged where fault is null
union all
select learner, course, day, line, 'student_exams', 'exam', case when result >= 6000 then 'quiz_passed' else 'quiz_failed' end,
       'exam/' || exam, result, attempt
from exams_staged where fault is null
union all
select learner, course, day, line, 'student_engagement', 'quizzes', 'quiz_viewed', '', null, concat_ws('|', learner, day)
from engaged_staged where fault is null and quizzes > 0 and course is not null
union all
select learner, course, day, line, 'student_hub_questions', 'asked', 'question_asked', 'hub/' || question, null, question
from asked_staged where fault is null
----
-- hour: 0 the day begins, 1 noon, 2 the day ends. A learner is enrolled in a course by the first thing done in it.
create table facts as
with every as (
    select learner, course, min(day) as day, arg_min(line, (day, word, line)) as line, arg_min(file, (day, word, line)) as file,
           'enrolled' as word, 'enrolled' as verb, '' as object, null as value, concat_ws('|', learner, course) as key, 0 as hour
    from activity group by learner, course
    union all
    select learner, course, day, line, file, word, verb, object, value, key, 1 from activity
    union all  -- who engaged was signed in
    select learner, '', day, line, 'student_engagement', 'engaged', 'logged_in', '365', null, concat_ws('|', learner, day), 1
    from engaged_staged where fault is null
    union all  -- the dataset holds no amounts: 0, and the plan as the object
    select learner, '', day, line, 'student_purchases', 'bought', case when day <= before then 'renewed' else 'paid' end,
           plan, 0, purchase, 1
    from purchases
    union all
    select learner, '', until, line, 'student_purchases', 'expired', 'subscription_expired', plan, null, purchase, 2
    from purchases where (next is null or next > until) and until <= (select day from last_days)
)
select day::int as day, hour::tinyint as hour, learner, course, verb, object, value::bigint as value, line::int as line, file,
       md5(concat_ws('|', 'ds365', word, key)) as id
from every order by day, hour, verb, learner, course, id
