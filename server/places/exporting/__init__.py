"""Layers as files for other programs: GeoPackage, GeoJSON and CSV, of any date and in any datum."""
