-- A step belongs to an enrolment, which belongs to the contact: a second key to the contact said nothing more and was
-- checked for every step of everybody, a fifth of what a step costs to write.
alter table enrolment_steps drop constraint enrolment_steps_contact_id_fkey;
