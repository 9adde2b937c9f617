-- The plain reference's tables: clicks a day, registrations, submissions.
CREATE TABLE day AS SELECT code_module m, code_presentation p, id_student::int s, date::int d, sum(sum_click)::int n, count(DISTINCT id_site) k
FROM read_parquet('{data}/{clicks}', hive_partitioning = true) GROUP BY ALL;
CREATE VIEW reg AS SELECT code_module m, code_presentation p, id_student::int s, date_registration::int r, date_unregistration::int u
FROM '{data}/studentRegistration.parquet';
CREATE VIEW sa AS SELECT a.code_module m, a.code_presentation p, x.id_student::int s, x.date_submitted::int d, x.score, a.date::int due
FROM '{data}/studentAssessment.parquet' x JOIN '{data}/assessments.parquet' a ON x.id_assessment::int = a.id_assessment::int;
CREATE VIEW lengths AS SELECT code_module m, code_presentation p, module_presentation_length::int course_days FROM '{data}/courses.parquet';
