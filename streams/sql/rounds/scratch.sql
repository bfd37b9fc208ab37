-- Tables of one worker for one round. A set that is named twice is kept here, because a CTE would be evaluated twice.
CREATE OR REPLACE TABLE round_event (event_id String) ENGINE = Memory;
CREATE OR REPLACE TABLE round_incident (key String) ENGINE = Memory;
CREATE OR REPLACE TABLE round_receipt (key String) ENGINE = Memory;
CREATE OR REPLACE TABLE round_action (key String) ENGINE = Memory;
CREATE OR REPLACE TABLE round_incident_place AS incident_place ENGINE = Memory;
CREATE OR REPLACE TABLE round_reach_place AS reach_place ENGINE = Memory;
