-- A new company begins without journeys: the gallery of ready-made ones makes them, so each is there once. Those an
-- older one began with stay as what they are, drafts like any other.
alter table journeys drop column example_key;
