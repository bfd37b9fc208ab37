-- 5c ids said by more than one entity, as they are known just now
TRUNCATE TABLE {own:Identifier}.round_rival;
INSERT INTO {own:Identifier}.round_rival SELECT event_id, said, winner, losers FROM {{rivals}};
