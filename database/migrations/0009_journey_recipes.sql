-- Which ready-made journey a journey was made from.
alter table journeys add column recipe text;
