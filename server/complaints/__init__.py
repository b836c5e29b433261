"""Complaints of citizens: taken by telephone, petition, web and at the counter, brought into cases, called back."""
