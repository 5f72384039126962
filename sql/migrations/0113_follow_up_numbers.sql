-- How many questions a contributor had before: for the name of the next one.
CREATE INDEX follow_up_of_contributor ON follow_up (contributor);

-- News of a change lead to the page of whom they are for, which needs no link of their own.
UPDATE mail SET link_id = NULL WHERE template = 'person_change' AND state = 'queued';
