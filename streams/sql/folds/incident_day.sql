SELECT {{incident_row}},
       sum(p.incidents) AS incidents, sum(p.attempted) AS attempted, sum(p.dissuaded) AS dissuaded,
       sum(p.loss_fen) AS loss_fen, sum(p.recovered_fen) AS recovered_fen, sum(p.frozen_fen) AS frozen_fen, sum(p.v) AS v
FROM {{incident_place}} AS p
GROUP BY {{incident_row}}
