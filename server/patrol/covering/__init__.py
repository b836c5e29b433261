"""Covering: fixes become sightings, sightings become visits, visits and sightings become coverage."""
