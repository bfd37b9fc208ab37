-- 5c ids said by more than one entity
INSERT INTO {own:Identifier}.round_rival SELECT event_id, said, winner, losers FROM {{rivals}};
