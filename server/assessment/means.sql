-- count_steps --
-- Steps of a period by kind and by the groups asked for, of bodies the asker may see.
SELECT c.origin, c.name, c.own_means, c.township_code, c.month, c.steps
FROM means_count_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:township AS text), CAST(:time_zone AS text),
  CAST(:by_township AS boolean), CAST(:by_month AS boolean)) c

-- list_steps --
-- Steps of the kinds named, oldest first.
SELECT s.origin, s.name, s.own_means, s.at, s.township_code, s.number, s.record_id, s.key
FROM means_steps_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:township AS text), CAST(:origins AS text[]),
  CAST(:names AS text[]), CAST(:owns AS text[]), CAST(:after_at AS timestamptz), CAST(:after AS text), CAST(:rows AS integer)) s

-- count_handovers --
-- What was handed to townships in a period, by township.
SELECT h.township_code, h.handed_over, h.acknowledged, h.acknowledged_in_time, h.escalated
FROM handover_figures_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:township AS text)) h

-- list_handed_cases --
-- One page of the handovers that a figure counts, by case.
SELECT h.number, h.township_code, h.category, h.state, h.at
FROM handover_cases_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:figure AS text), CAST(:township AS text),
  CAST(:after AS text), CAST(:after_at AS timestamptz), CAST(:rows AS integer)) h
