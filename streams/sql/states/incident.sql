-- What a source has said of incidents, named as importers name it, and the event that said each.
SELECT incident AS subject, '' AS valid_from,
       arrayMax(e.sourcetime) AS updated,
       occurred AS occurred_at, occurred_by AS occurred_at_by, reported AS reported_at, reported_by AS reported_at_by, filed AS filed_at, filed_by AS filed_at_by,
       station, station_by, nullIf(community, '') AS residence_community, community_by AS residence_community_by,
       nullIf(work_community, '') AS work_community, work_community_by, category, category_by, stage, stage_by,
       loss_fen, loss_fen_by, frozen_fen, frozen_fen_by, returned_fen, returned_fen_by, withdrawn = 1 AS withdrawn, withdrawn_by,
       case_number, case_number_by, unit, unit_by, sex, sex_by, age_band, age_band_by, occupation, occupation_by,
       contact, contact_by
FROM {{state incident: sourcetime, occurred, reported, filed, station, community, work_community, category, stage, loss_fen, frozen_fen, returned_fen, withdrawn, case_number, unit, sex, age_band, occupation, contact}}
