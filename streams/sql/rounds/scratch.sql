-- Tables of one worker for one round. A set that is named twice is kept here, because a CTE would be evaluated twice.
CREATE OR REPLACE TABLE {own:Identifier}.round_row
(event_id String, topic LowCardinality(String), type LowCardinality(String), key String) ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_rival
(event_id String, said UInt64, winner Tuple(String, String), losers Array(Tuple(String, String))) ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_incident (key String) ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_receipt (key String) ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_action (key String) ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_incident_place AS incident_place ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_contact AS contact ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_component (incident String, component String) ENGINE = Memory;
CREATE OR REPLACE TABLE {own:Identifier}.round_merge AS merge ENGINE = Memory;
