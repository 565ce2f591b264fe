"""The reporting warehouse of France Relance actions 6-2 (FITN fund) and 6-3 (panorama of major projects)."""
